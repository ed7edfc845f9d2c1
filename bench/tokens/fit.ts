// The tokens per feature that fit real tokenizers best before anything is reported: least squares of the relative error.
import { Matrix, solve } from 'ml-matrix';
import { buildWorkload } from '../../src/workload/index.ts';
import { TOKEN_FEATURES } from '../../src/workload/token-estimate.ts';
import type { Corpus } from './corpora.ts';
import { reportedTokens, type Upstream } from './tokenizers.ts';

/** Those of text; frames, tools and images are the servers' own. */
const FITTED = TOKEN_FEATURES.slice(2, 11);
/** Corpora without tools and hidden prompts; each weighs the same. */
const PER_CORPUS = 1_000;
/** Keeps what the prompts hardly have (other scripts) near where it was put by hand. */
const PRIOR = { near: 0.45, far: 0.9 };
const PRIOR_WEIGHT = 1e-3;

export function fitTokensPer(
  corpora: readonly Corpus[],
  upstreams: readonly Upstream[],
): Readonly<Record<string, number>> {
  const square = Matrix.zeros(FITTED.length, FITTED.length);
  const cross = Matrix.zeros(FITTED.length, 1);
  for (const { name, requests } of corpora) {
    if (!/^(?:chat|completion|embedding)/.test(name)) continue;
    for (const request of requests.slice(0, PER_CORPUS)) {
      const { shape } = buildWorkload(request, undefined);
      if (shape === undefined) continue;
      for (const upstream of upstreams) {
        const { frame } = upstream;
        const around = request.operation === 'chat' ? frame.chat + frame.message * shape.messages : frame.prompt;
        const tokens = reportedTokens(upstream, request) - around;
        const x = FITTED.map((feature) => shape[feature] / (tokens + 5));
        for (let i = 0; i < x.length; i++) {
          cross.set(i, 0, cross.get(i, 0) + (x[i] ?? 0) * (tokens / (tokens + 5)));
          for (let j = 0; j < x.length; j++) square.set(i, j, square.get(i, j) + (x[i] ?? 0) * (x[j] ?? 0));
        }
      }
    }
  }
  for (const [feature, tokens] of Object.entries(PRIOR)) {
    const i = FITTED.findIndex((name) => name === feature);
    square.set(i, i, square.get(i, i) + PRIOR_WEIGHT);
    cross.set(i, 0, cross.get(i, 0) + PRIOR_WEIGHT * tokens);
  }
  const solution = solve(square, cross);
  return Object.fromEntries(FITTED.map((name, i) => [name, Math.round(1_000 * solution.get(i, 0)) / 1_000]));
}
