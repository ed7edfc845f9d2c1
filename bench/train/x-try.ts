import { buildExamples, indicesOf } from './examples.ts';
import { loadSources } from './sources.ts';
import { trainHead, classesOf } from './head-training.ts';
import { logitsOf } from './softmax.ts';
import { GROUP_OF, TOPICS } from '../../src/workload/topics.ts';
import { type Head, HEADS } from '../../src/workload/heads.ts';
let t = performance.now();
const tick = (m: string) => { console.log(m, Math.round(performance.now() - t)); t = performance.now(); };
const ex = buildExamples(loadSources('/work/shared/data'), 1);
tick(`examples ${ex.length}`);
for (const head of (process.argv[2] ?? 'topic').split(',') as Head[]) {
  const n = classesOf(head);
  const out = new Float64Array(n);
  const tally = new Map<string, number[]>();
  for (const fold of (process.env['F'] ?? '4,5,6').split(',').map(Number)) {
    const model = trainHead(head, ex, 1, fold);
    for (const e of ex) {
      if (e.fold !== fold || e.isVariant || e.labels[head] === undefined) continue;
      const l = e.labels[head]!;
      if (typeof l !== 'number' && 'share' in l) continue;
      logitsOf(model, indicesOf(head, e), out);
      const upto = head === 'topic' && l !== TOPICS.length ? TOPICS.length : n;
      const o = [...out.slice(0, upto)];
      const k = o.indexOf(Math.max(...o));
      const set = typeof l === 'number' ? [l] : l;
      const right = set.includes(k);
      const put = (key: string, r: boolean) => { const a = tally.get(key) ?? [0, 0]; a[0]! += r ? 1 : 0; a[1]!++; tally.set(key, a); };
      put(e.set, right);
      if (head === 'topic') put(`${e.set} group`, set.some((x) => GROUP_OF[x] === GROUP_OF[k]));
      const names = HEADS[head];
      if (e.set === 'seeds' || e.set === 'made') put(`  ${e.set} ${set.map((x) => names[x]).join('/')}`, right);
    }
  }
  tick(head);
  for (const [k, [a, b]] of tally) console.log(k.padEnd(40), b, (a! / b!).toFixed(3));
}
