// The two policies under test: the shortest way through the gateway and the longest.
import { stringify } from 'yaml';

const WINDOW = 131_072;

/** One pool, nothing to choose. */
export function fixedPolicy(upstream: string): string {
  return stringify({
    version: 1,
    pools: { only: pool('bench', upstream, 0.1, 0.2) },
    aliases: { auto: 'fixed' },
    routes: [{ name: 'fixed', candidates: ['only'], strategy: 'fixed' }],
  });
}

/** Three pools at the same upstream: every request is embedded, classified, decided by the bandit and logged. */
export function fullPolicy(upstream: string): string {
  return stringify({
    version: 1,
    pools: {
      small: pool('bench-8b', upstream, 0.05, 0.08),
      medium: pool('bench-32b', upstream, 0.2, 0.3),
      large: pool('bench-70b', upstream, 0.6, 0.8),
    },
    aliases: { auto: 'learn' },
    routes: [
      { name: 'learn', candidates: ['small', 'medium', 'large'], strategy: { kind: 'bandit', costWeight: 0.1 } },
    ],
  });
}

function pool(model: string, upstream: string, input: number, output: number): object {
  const price = { inputPerMTok: input, outputPerMTok: output };
  return { model, endpoints: [`${upstream}/v1`], price, contextWindow: WINDOW };
}
