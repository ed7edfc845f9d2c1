// What expressions of one policy may name: facts, functions with what is defined for them, signals; and what reads, checks and runs them.
import { Environment } from '@marcbachmann/cel-js';
import { FACTS } from '../facts.ts';
import { compilePattern } from '../keywords/patterns.ts';
import { FUNCTIONS, type Call, type PolicyFunction } from './functions.ts';

/** What a policy defines beside the facts. */
export interface Definitions {
  readonly keywords: readonly string[];
  readonly topics: readonly string[];
  /** Type by name of signal; `dyn` of one that is malformed. */
  readonly signals: ReadonlyMap<string, string>;
}

export interface Language {
  readonly definitions: Definitions;
  /** Reads what operators write; knows no names. */
  readonly written: Environment;
  /** Knows one flat variable for each thing that can be asked: what is written is rewritten to these, checked and run. */
  readonly flat: Environment;
}

const LIMITS = { maxAstNodes: 1_000, maxDepth: 50 };

const WRITTEN = new Environment({ limits: LIMITS });

/** What `matches` is rewritten to: CEL's own is a JavaScript expression here, which a caller's text can make last for ever. */
export const LINEAR_MATCHES = 'matches__linear';

/** By source; each has been compiled before, when the policy was. */
const patterns = new Map<string, (text: string) => boolean>();
const MOST_PATTERNS = 1_000;

function matchesLinear(text: string, source: string): boolean {
  let test = patterns.get(source);
  if (test === undefined) {
    const compiled = compilePattern(source, true);
    if (compiled.kind === 'invalid') throw new Error(compiled.message);
    ({ test } = compiled);
    if (patterns.size >= MOST_PATTERNS) patterns.clear();
    patterns.set(source, test);
  }
  return test(text);
}

/** Registering a group takes half a millisecond: done once for all policies. */
const FACTS_ALONE = withFacts(new Environment({ limits: LIMITS }));

/** `signals`: those that can be asked already. */
export function createLanguage(definitions: Definitions): Language {
  const flat = FACTS_ALONE.clone();
  for (const { name, type, of } of FUNCTIONS) {
    for (const argument of definitions[of]) {
      for (const strict of of === 'topics' ? [false, true] : [false]) {
        flat.registerVariable(flatCall({ function: name, argument }, definitions, strict), type);
      }
    }
  }
  for (const [name, type] of definitions.signals) flat.registerVariable(flatSignal(name), type);
  return { definitions, written: WRITTEN, flat };
}

function withFacts(environment: Environment): Environment {
  const groups = new Map<string, Record<string, string>>();
  for (const { name, type } of FACTS) {
    const [group = name, field] = name.split('.');
    environment.registerVariable(flatFact(name), type);
    if (field !== undefined) groups.set(group, { ...groups.get(group), [field]: type });
  }
  for (const [name, schema] of groups) environment.registerVariable({ name, schema });
  environment.registerFunction(`string.${LINEAR_MATCHES}(string): bool`, matchesLinear);
  return environment;
}

export function flatFact(name: string): string {
  return name.replace('.', '__');
}

export function flatSignal(name: string): string {
  return `signals__${name}`;
}

/** `strict`: fails, so that a signal's default is taken, where something else stands in for what was asked. */
export function flatCall(call: Call, definitions: Omit<Definitions, 'signals'>, strict: boolean): string {
  const of = definedFor(call.function);
  return `${call.function}${strict && of === 'topics' ? '_strict' : ''}__${definitions[of].indexOf(call.argument)}`;
}

export function definedFor(name: PolicyFunction['name']): PolicyFunction['of'] {
  return FUNCTIONS.find((one) => one.name === name)?.of ?? 'keywords';
}
