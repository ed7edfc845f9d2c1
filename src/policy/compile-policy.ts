// YAML text -> immutable Plan, or every error with file, line and column.
import { createHash } from 'node:crypto';
import { deepFreeze } from '../base/index.ts';
import { checkShape } from './check-shape.ts';
import { compileConfine } from './compile-confine.ts';
import { compilePools } from './compile-pools.ts';
import { compileRoutes } from './compile-routes.ts';
import { conflicts } from './conflicts/index.ts';
import { inOrder, parsePolicyText, type PolicyText } from './document.ts';
import { POLICY_DEFAULTS, PolicySchema } from './schema.ts';
import type { Compiled, Diagnostic, Plan, RoutePlan, Vocabulary } from './types.ts';
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
  const { routes, needs } = compileRoutes(text, document, vocabulary.strategies, timeouts, found);
  const { confine, facts } = compileConfine(text, document, found);
  const aliases = compileAliases(text, document, routes, found);
  if (found.length > 0) return { kind: 'invalid', diagnostics: inOrder(found) };
  const plan: Plan = {
    version: 1,
    fingerprint: createHash('sha256').update(source).digest('hex').slice(0, 12),
    pools,
    aliases,
    routes,
    confine,
    limits: {
      concurrentRequests: document.limits?.concurrentRequests,
      inputTokens: document.limits?.inputTokens,
      outputTokens: document.limits?.outputTokens,
    },
    retryBudget: { ...POLICY_DEFAULTS.retryBudget, ...document.retryBudget },
    timeouts,
    needs: together(needs, facts),
  };
  const told = warnings(text, document, plan);
  if (depth !== 'plain') told.push(...conflicts(text, plan, { overlaps: depth === 'overlaps' }));
  return { kind: 'plan', warnings: inOrder(told), plan: deepFreeze(plan) };
}

/** What routes need, and the facts that rules of confinement ask. */
function together({ topic, facts }: Plan['needs'], asked: readonly string[]): Plan['needs'] {
  return {
    topic: topic || asked.includes('topic') || asked.includes('topic_confidence'),
    facts: [...new Set([...facts, ...asked])],
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
