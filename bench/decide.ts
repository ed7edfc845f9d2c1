// Micro-benchmark of decide(): microseconds a decision by strategy, over three pools, after some learning.
import { seededRandom } from '../src/base/index.ts';
import { inputOf, learnerOf, routerOf, workloadOf } from '../src/router/fixtures/requests.ts';
import { decide } from '../src/router/index.ts';

const ROUNDS = 40_000;
const REPEATS = 25;

for (const strategy of process.argv.slice(2).length > 0
  ? process.argv.slice(2)
  : ['fixed', 'weighted', 'cheapest', 'bandit', 'cascade']) {
  const router = routerOf(strategy);
  const learner = learnerOf(router);
  const random = seededRandom(1);
  const arms = ['sim-8b@small', 'sim-70b@large', 'sim-70b@twin'];
  for (let i = 0; i < 300; i++)
    learner.observe({
      arm: arms[i % 3] ?? '',
      context: { indices: [0, 1 + (i % 15)], values: [1, 1] },
      value: random(),
      previousValue: undefined,
      weight: 4,
      propensity: undefined,
    });
  const learned = learner.snapshot();
  const inputs = Array.from({ length: 256 }, (_, i) =>
    inputOf(router, {
      workload: workloadOf({ about: i % 2 === 0 ? 'code' : 'law', session: `session-${i}` }),
      learner: learned,
      draw: random(),
    }),
  );
  let best = Infinity;
  let sink = 0;
  for (let r = 0; r < REPEATS; r++) {
    const from = process.hrtime.bigint();
    for (let i = 0; i < ROUNDS; i++) {
      const input = inputs[i % inputs.length];
      if (input !== undefined) sink += decide(router, input).reason.length;
    }
    best = Math.min(best, Number(process.hrtime.bigint() - from) / ROUNDS / 1_000);
  }
  console.log(
    `${strategy.padEnd(10)} ${best.toFixed(2)} us a decision (best of ${REPEATS} x ${ROUNDS}; ${sink > 0 ? 'ok' : ''})`,
  );
}
