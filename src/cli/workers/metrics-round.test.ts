// The page of all workers while they answer, are silent and die: no counter of it ever goes down.
import { expect, it } from 'vitest';
import { createMetrics, mergeMetrics, type Metrics } from '../../telemetry/index.ts';
import type { Member } from './crew.ts';
import { createMetricsRound } from './metrics-round.ts';

interface FakeWorker extends Member {
  readonly metrics: Metrics;
  /** Asked and not answered. */
  readonly asked: number[];
  answers: boolean;
}

function setUp(count: number) {
  const gauges = { endpoints: () => [], openDecisions: () => 1, eventLoopDelay: () => ({ p50: 0, p99: 0, max: 0 }) };
  const patience: (() => void)[] = [];
  const workers = Array.from({ length: count }, (_, index) => workerOf(index));
  const round = createMetricsRound(
    () => workers,
    (_ms, then) => void patience.push(then),
  );
  function workerOf(index: number): FakeWorker {
    const asked: number[] = [];
    const metrics = createMetrics(gauges);
    metrics.close();
    const worker: FakeWorker = {
      index,
      metrics,
      asked,
      answers: true,
      send: (message) => {
        if (message.kind !== 'serialise') return;
        if (worker.answers) void metrics.serialise().then((part) => round.take(message.id, part));
        else asked.push(message.id);
      },
    };
    return worker;
  }
  const reject = ({ metrics }: FakeWorker, times: number): void => {
    for (let i = 0; i < times; i++) metrics.observe({ kind: 'request-rejected', code: 'X', status: 400 });
  };
  const page = async (): Promise<string> => mergeMetrics(await round.gather());
  const rejected = async (): Promise<number> => valueOf(await page(), 'sluice_rejected_total{code="X"}');
  const die = (worker: FakeWorker): void => {
    workers.splice(workers.indexOf(worker), 1);
    round.bury(worker);
  };
  return {
    workers,
    workerOf,
    round,
    reject,
    page,
    rejected,
    die,
    giveUp: () => patience.splice(0).forEach((f) => f()),
  };
}

function valueOf(page: string, name: string): number {
  return Number(
    page
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.slice(name.length) ?? Number.NaN,
  );
}

it('what a dead worker had counted when the page was last read stays, its gauges do not', async () => {
  const { workers, workerOf, reject, page, rejected, die } = setUp(2);
  const [one, two] = workers as [FakeWorker, FakeWorker];
  reject(one, 3);
  reject(two, 4);
  expect(await rejected()).toBe(7);
  expect(valueOf(await page(), 'sluice_open_decisions')).toBe(2);
  const cpuBefore = valueOf(await page(), 'process_cpu_seconds_total');
  die(one);
  expect(await rejected()).toBe(7);
  expect(valueOf(await page(), 'sluice_open_decisions')).toBe(1);
  expect(valueOf(await page(), 'process_cpu_seconds_total')).toBeGreaterThanOrEqual(cpuBefore);
  const successor = workerOf(0);
  workers.push(successor);
  reject(successor, 5);
  expect(await rejected()).toBe(12);
  die(successor);
  die(two);
  expect(await rejected()).toBe(12);
});

it('one that nobody has ever read has shown nothing, and leaves nothing', async () => {
  const { workers, reject, rejected, die } = setUp(2);
  const [one, two] = workers as [FakeWorker, FakeWorker];
  reject(one, 3);
  reject(two, 4);
  die(one);
  expect(await rejected()).toBe(4);
});

it('one that does not answer in time counts with what it said last', async () => {
  const { workers, reject, rejected, giveUp } = setUp(2);
  const [one, two] = workers as [FakeWorker, FakeWorker];
  reject(one, 3);
  reject(two, 4);
  expect(await rejected()).toBe(7);
  one.answers = false;
  reject(two, 1);
  const late = rejected();
  await new Promise(setImmediate);
  giveUp();
  expect(await late).toBe(8);
});

it('one that dies while it is asked counts once, whether its answer had come or comes after its end', async () => {
  const { workers, round, reject, page, rejected, die, giveUp } = setUp(2);
  const [one, two] = workers as [FakeWorker, FakeWorker];
  reject(one, 3);
  reject(two, 4);
  expect(await rejected()).toBe(7);
  one.answers = false;
  two.answers = false;
  const text = page();
  // Two has answered and dies before the round ends; one dies, and its answer comes then.
  round.take(two.asked[0] ?? 0, await two.metrics.serialise());
  die(two);
  die(one);
  round.take(one.asked[0] ?? 0, await one.metrics.serialise());
  giveUp();
  expect(valueOf(await text, 'sluice_rejected_total{code="X"}')).toBe(7);
  expect(await rejected()).toBe(7);
});
