// YAML text -> immutable Plan, or every error with file, line and column.
import { createHash } from 'node:crypto';
import { deepFreeze } from '../base/index.ts';
import { checkShape } from './check-shape.ts';
import { compileCallers } from './compile-callers.ts';
import { compileConfine } from './compile-confine.ts';
import { compileEmbedder } from './compile-embedder.ts';
import { compilePools } from './compile-pools.ts';
import { compileRoutes } from './compile-routes.ts';
import { compileTopics } from './compile-topics.ts';
import { conflicts } from './conflicts/index.ts';
import { inOrder, parsePolicyText, type PolicyText } from './document.ts';
import { FACTS } from './facts.ts';
import { compileKeywords } from './keywords/compile-keywords.ts';
import { createQualities } from './qualities.ts';
import { POLICY_DEFAULTS, PolicySchema } from './schema.ts';
import { compileSignals } from './signals/compile-signals.ts';
import { usesOfAll } from './signals/cost.ts';
import type { Compiled, Diagnostic, Vocabulary } from './compiling.ts';
import type { Needs, Plan, RoutePlan } from './types.ts';
import { warnings } from './warnings.ts';
import { wellShaped, type WellShaped } from './well-shaped.ts';

/** How long a policy is looked at: `conflicts` looks for examples, which takes longer than a start should; `overlaps` notes them all. */
export type Depth = 'plain' | 'conflicts' | 'overlaps';

/** `file` is how diagnostics name the text. Pure: environment variables are not looked at. */
export function compilePolicy(source: string, file: string, vocabulary: Vocabulary, depth: Depth = 'plain'): Compiled {
  const text = parsePolicyText(source, file);
  if (text.syntax.length > 0) return { kind: 'invalid', diagnostics: text.syntax };
  const found = checkShape(text, PolicySchema, text.value);
  const document = wellShaped(text.value);
  const timeouts = { ...POLICY_DEFAULTS.timeouts, ...document.timeouts };
  const pools = compilePools(text, document, vocabulary.simProfiles, found);
  const keywords = compileKeywords(text, document.keywords, found);
  const topics = compileTopics(text, document, found);
  const embedder = compileEmbedder(text, document, found);
  const defined = { keywords: [...document.keywords.keys()], topics: [...document.topics.keys()] };
  const { signals, language } = compileSignals(text, document, defined, embedder.kind !== 'static', found);
  const callers = compileCallers(text, document, found);
  const qualities = createQualities(text, document, vocabulary.readNamed, found);
  const { routes, needsTopic } = compileRoutes(
    text,
    document,
    vocabulary.strategies,
    timeouts,
    language,
    qualities,
    found,
  );
  const confine = compileConfine(text, document, language, found);
  const aliases = compileAliases(text, document, routes, found);
  if (found.length > 0) return { kind: 'invalid', diagnostics: inOrder(found, file) };
  const plan: Plan = {
    version: 1,
    fingerprint: fingerprintOf(source, qualities.files),
    pools,
    aliases,
    routes,
    confine,
    topics,
    embedder,
    limits: {
      concurrentRequests: document.limits?.concurrentRequests,
      inputTokens: document.limits?.inputTokens,
      outputTokens: document.limits?.outputTokens,
    },
    retryBudget: { ...POLICY_DEFAULTS.retryBudget, ...document.retryBudget },
    timeouts,
    keywords,
    signals,
    callers,
    requireCaller: document.requireCaller,
    needs: needsOf([...routes, ...confine], signals, needsTopic),
  };
  const told = warnings(text, document, plan);
  if (depth !== 'plain') told.push(...conflicts(text, plan, language, { overlaps: depth === 'overlaps' }));
  return { kind: 'plan', warnings: inOrder(told, file), plan: deepFreeze(plan) };
}

function needsOf(asking: readonly Pick<RoutePlan, 'when'>[], signals: Plan['signals'], strategiesDo: boolean): Needs {
  const conditions = asking.flatMap(({ when }) => (when === undefined ? [] : [when.uses]));
  const { facts, groups, calls } = usesOfAll(conditions, signals);
  const reads = new Set(FACTS.flatMap((fact) => (facts.includes(fact.name) ? [fact.reads] : [])));
  return {
    topic: strategiesDo || reads.has('topic'),
    sight: reads.has('sight'),
    facts,
    groups,
    calls,
    texts: calls.length > 0,
  };
}

function compileAliases(
  text: PolicyText,
  document: WellShaped,
  routes: readonly RoutePlan[],
  found: Diagnostic[],
): ReadonlyMap<string, number> {
  const aliases = new Map<string, number>();
  const models = [...document.pools.values()].map((pool) => pool?.model);
  // The name of a malformed route may be the one that an alias leads to.
  const allRead = !document.routes.includes(undefined);
  for (const [alias, route] of document.aliases) {
    const index = routes.findIndex((r) => r.name === route);
    if (index < 0 && allRead) {
      found.push(
        text.at(
          ['aliases', alias],
          `unknown route "${route}", expected one of ${[...new Set(routes.map((r) => r.name))].join(', ')}`,
        ),
      );
    }
    if (document.pools.has(alias) || models.includes(alias)) {
      found.push(
        text.at(['aliases', alias], `"${alias}" is also the name of a pool or a model; a name means one thing`, {
          key: true,
        }),
      );
    }
    aliases.set(alias, index);
  }
  return aliases;
}

function fingerprintOf(source: string, files: ReadonlyMap<string, string>): string {
  const hash = createHash('sha256').update(source);
  for (const [name, text] of files) hash.update(`\0${name}\0${text}`);
  return hash.digest('hex').slice(0, 12);
}
