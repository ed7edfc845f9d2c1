// The traffic of a demo, drawn from its seed: users who come independently of each other and of the gateway's speed.
import { seededRandom } from '../../base/index.ts';
import type { DemoPrompt } from '../../sim/index.ts';
import type { Arrival } from './types.ts';

export interface TrafficOptions {
  readonly prompts: readonly DemoPrompt[];
  readonly seconds: number;
  /** Mean arrivals per second, of both groups together. */
  readonly perSecond: number;
  /** Share of the routed users who give feedback. */
  readonly feedbackRate: number;
  /** One request in so many belongs to the control group; 0: none. */
  readonly controlEvery: number;
  readonly seed: number;
}

/** A Poisson process: prompts with repetition. Each arrival takes three draws, so that rates do not change which prompts come. */
export function* arrivals(options: TrafficOptions): Generator<Arrival> {
  const { prompts, seconds, perSecond, feedbackRate, controlEvery } = options;
  const random = seededRandom(options.seed);
  let dueMs = 0;
  for (let n = 1; ; n++) {
    dueMs += (-Math.log(1 - random()) / perSecond) * 1000;
    const prompt = prompts[Math.floor(random() * prompts.length)];
    const willing = random() < feedbackRate;
    if (dueMs >= seconds * 1000 || prompt === undefined) return;
    const group = controlEvery > 0 && n % controlEvery === 0 ? 'control' : 'routed';
    yield { dueMs, prompt, group, givesFeedback: group === 'routed' && willing };
  }
}
