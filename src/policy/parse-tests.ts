// A policy's tests: YAML -> tests whose names the policy knows, or every error with file, line and column.
import { checkShape } from './check-shape.ts';
import { inOrder, parsePolicyText, type PolicyText } from './document.ts';
import { factNames, namedFact } from './given-facts.ts';
import { PolicyTestsSchema, type PolicyTest } from './tests-schema.ts';
import type { Diagnostic, Path } from './compiling.ts';
import type { Plan } from './types.ts';

export type ParsedTests =
  | { readonly kind: 'tests'; readonly tests: readonly PolicyTest[]; readonly text: PolicyText }
  | { readonly kind: 'invalid'; readonly diagnostics: readonly Diagnostic[] };

/** `file` is how diagnostics name the text. */
export function parsePolicyTests(source: string, file: string, plan: Plan): ParsedTests {
  const text = parsePolicyText(source, file);
  const shape = text.syntax.length > 0 ? text.syntax : checkShape(text, PolicyTestsSchema, text.value);
  if (shape.length > 0) return { kind: 'invalid', diagnostics: shape };
  const { tests } = text.value as { tests: readonly PolicyTest[] };
  const found: Diagnostic[] = [];
  const report: Report = (path, message, key = false) => {
    found.push(text.at(path, message, { key }));
  };
  const names = new Set<string>();
  for (const [i, test] of tests.entries()) {
    checkTest(test, ['tests', i], names, report);
    checkNames(test, ['tests', i], plan, report);
  }
  return found.length > 0 ? { kind: 'invalid', diagnostics: inOrder(found) } : { kind: 'tests', tests, text };
}

function checkTest(
  { name, chat, request, operation, expect }: PolicyTest,
  path: Path,
  names: Set<string>,
  report: Report,
): void {
  if (names.has(name)) report([...path, 'name'], `a second test is named "${name}"`);
  names.add(name);
  if ((chat === undefined) === (request === undefined)) report(path, 'expected `chat` or `request`, one of the two');
  if (chat !== undefined && operation !== undefined && operation !== 'chat') {
    report([...path, 'operation'], `\`chat\` is a chat; write the ${operation} as a \`request\``);
  }
  const others = Object.keys(expect).filter((key) => key !== 'error');
  if (expect.error !== undefined && others.length > 0) {
    report(
      [...path, 'expect', 'error'],
      `a request that is refused has no ${others.join(', ')}: expect the error alone`,
    );
  }
}

type Report = (path: Path, message: string, key?: boolean) => void;

function checkNames({ caller, given = {}, expect }: PolicyTest, path: Path, plan: Plan, report: Report): void {
  const pools = [...plan.pools.keys()];
  const routes = [...plan.routes.map(({ name }) => name), '(direct)'];
  const rules = plan.confine.map(({ name }) => name);
  const known = (what: string, all: readonly string[], name: string | undefined, at: Path, key = false): void => {
    if (name === undefined || all.includes(name)) return;
    const others = all.length === 0 ? 'there is none' : `expected one of ${all.join(', ')}`;
    report(at, `unknown ${what} "${name}", ${others}`, key);
  };
  const list = (what: string, all: readonly string[], names: readonly string[] = [], at: Path): void =>
    names.forEach((name, i) => known(what, all, name, [...at, i]));
  const keys = (what: string, all: readonly string[], record: object = {}, at: Path): void =>
    Object.keys(record).forEach((name) => known(what, all, name, [...at, name], true));

  known('caller', [...plan.callers.keys()], caller, [...path, 'caller']);
  const inGiven = [...path, 'given'];
  list('pool', pools, given.unhealthy, [...inGiven, 'unhealthy']);
  keys('pool', pools, given.observed, [...inGiven, 'observed']);
  given.learned?.forEach(({ pool }, i) => known('pool', pools, pool, [...inGiven, 'learned', i, 'pool']));
  checkFacts(given.facts, [...inGiven, 'facts'], plan, report);

  const inExpect = [...path, 'expect'];
  const { arm } = expect;
  known('route', routes, expect.route, [...inExpect, 'route']);
  if (typeof arm === 'object') list('pool', pools, arm, [...inExpect, 'arm']);
  else known('pool', pools, arm, [...inExpect, 'arm']);
  for (const key of ['stages', 'fallbacks', 'eligible'] as const) list('pool', pools, expect[key], [...inExpect, key]);
  for (const key of ['excluded', 'propensity'] as const) keys('pool', pools, expect[key], [...inExpect, key]);
  keys('route', routes, expect.passedOver, [...inExpect, 'passedOver']);
  list('rule of confinement', rules, expect.confined, [...inExpect, 'confined']);
  checkFacts(expect.facts, [...inExpect, 'facts'], plan, report);
}

function checkFacts(facts: Readonly<Record<string, unknown>> = {}, path: Path, plan: Plan, report: Report): void {
  for (const [name, value] of Object.entries(facts)) {
    const named = namedFact(plan, name);
    if (named === undefined) {
      report([...path, name], `unknown fact "${name}", expected one of ${factNames(plan).join(', ')}`, true);
    } else if (!fits(named.type, value)) {
      report([...path, name], `"${name}" is of type ${named.type}, found ${JSON.stringify(value)}`);
    }
  }
}

/** By CEL's name of a type. */
function fits(type: string, value: unknown): boolean {
  switch (type) {
    case 'int':
      return Number.isSafeInteger(value);
    case 'double':
      return typeof value === 'number' && Number.isFinite(value);
    case 'bool':
      return typeof value === 'boolean';
    case 'list<string>':
      return Array.isArray(value) && value.every((one) => typeof one === 'string');
    case 'map<string, string>':
      return isRecord(value) && Object.values(value).every((one) => typeof one === 'string');
    case 'map<string, double>':
      return isRecord(value) && Object.values(value).every((one) => typeof one === 'number' && Number.isFinite(one));
    default:
      return typeof value === 'string';
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
