// Micro-benchmark of decide(): microseconds a decision by strategy, over three pools, after some learning.
import { seededRandom } from '../src/base/index.ts';
import { inputOf, learnerOf, routerOf, workloadOf } from '../src/router/fixtures/requests.ts';
import { decide, STRATEGIES } from '../src/router/index.ts';

/** Short batches, so that some of them run undisturbed on a machine that does other things too. */
const BATCH = 200;
const BATCHES = 3_000;

const kinds = process.argv.slice(2);
for (const kind of kinds.length > 0 ? kinds : Object.keys(STRATEGIES)) {
  const router = routerOf(kind);
  const learner = learnerOf(router);
  const random = seededRandom(1);
  const arms = ['sim-8b@small', 'sim-70b@large', 'sim-70b@twin'];
  for (let i = 0; i < 300; i++) {
    const context = { indices: [0, 1 + (i % 15)], values: [1, 1] };
    const arm = arms[i % arms.length] ?? '';
    learner.observe({ arm, context, value: random(), previousValue: undefined, weight: 4, propensity: undefined });
  }
  const snapshot = learner.snapshot();
  const inputs = Array.from({ length: BATCH }, (_, i) => {
    const workload = workloadOf({ about: i % 2 === 0 ? 'code' : 'law', session: `session-${i}` });
    return inputOf(router, { workload, learner: snapshot, draw: random() });
  });
  const times: number[] = [];
  let read = 0;
  for (let batch = 0; batch < BATCHES; batch++) {
    const from = process.hrtime.bigint();
    for (const input of inputs) read += decide(router, input).reason.length;
    times.push(Number(process.hrtime.bigint() - from) / BATCH / 1_000);
  }
  times.sort((a, b) => a - b);
  const at = (share: number): string => (times[Math.floor(share * BATCHES)] ?? 0).toFixed(2).padStart(6);
  console.log(
    `${kind.padEnd(9)} ${at(0)} us a decision at best, ${at(0.5)} median of ${BATCHES} batches (${read} read)`,
  );
}
