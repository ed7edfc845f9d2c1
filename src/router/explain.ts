// A decision in sentences, for people; built when somebody asks.
import type { SignalValue } from '../policy/index.ts';
import { DIRECT_ROUTE } from './create-router.ts';
import type { Candidate, Decision } from './types.ts';

/** What was asked, who was ruled out and why, how the choice was made. */
export function explain(decision: Decision): readonly string[] {
  const lines =
    decision.route === DIRECT_ROUTE
      ? [`model "${decision.requestedModel}" is a pool's or a model's own name: sent straight there`]
      : [
          ...decision.passedOver.map(({ route, why }) => `route ${route} passed over: ${why}`),
          `route ${decision.route} takes the request (strategy ${decision.strategy})`,
        ];
  if (decision.confined !== undefined) lines.unshift(`the request is ${decision.confined.why}`);
  lines.unshift(...decision.signals.map(explainSignal));
  for (const candidate of decision.candidates) lines.push(explainCandidate(candidate));
  lines.push(decision.reason);
  return lines;
}

function explainSignal({ name, value, why }: SignalValue): string {
  return `${name} is ${JSON.stringify(value)}${why === undefined ? '' : `: ${why}`}`;
}

function explainCandidate(c: Candidate): string {
  if (c.excluded !== undefined) return `${c.pool} ruled out: ${c.excluded}`;
  const cost = `cost $${c.expectedCostUsd.toFixed(6)}`;
  const first = c.expectedTtftMs === undefined ? '' : `, first token in ${c.expectedTtftMs.toFixed(0)} ms`;
  const speed = c.expectedE2eMs === undefined ? '' : `${first}, all in ${c.expectedE2eMs.toFixed(0)} ms`;
  const sd = c.qualitySd === undefined ? '' : ` (sd ${c.qualitySd.toFixed(3)})`;
  if (c.quality === undefined)
    return `${c.pool} ${c.fallbackOnly ? 'a fallback only' : 'eligible'}, expected ${cost}${speed}`;
  return `${c.pool}: expected quality ${c.quality.toFixed(3)}${sd}, ${cost}, utility ${(c.utility ?? 0).toFixed(3)}, chosen with probability ${c.propensity.toFixed(3)}`;
}
