// One round of asking every worker for its metrics. What a dead one had counted stays in the sums, and one that does not answer in time counts
// with what it said last: no counter of the page goes down because of a worker.
import { whatStays, type MetricsPart } from '../../telemetry/index.ts';
import { createCalls } from './calls.ts';
import type { Member } from './crew.ts';

export interface MetricsRound {
  /** Of every worker that lives, and one part of all that have died. */
  gather(): Promise<readonly MetricsPart[]>;
  take(id: number, part: unknown): void;
  /** This life of a worker is over. */
  readonly bury: (member: Member) => void;
}

/** Prometheus gives up after 10 s. */
const PATIENCE_MS = 2_000;

/** `after`: calls back in so many milliseconds. */
export function createMetricsRound(
  serving: () => readonly Member[],
  after: (ms: number, then: () => void) => void = (ms, then) => void setTimeout(then, ms).unref(),
): MetricsRound {
  const latest = new Map<Member, MetricsPart>();
  const dead = new WeakSet<Member>();
  let ofTheDead: Promise<readonly MetricsPart[]> = Promise.resolve([]);
  const calls = createCalls<Member>((id, member) => {
    member.send({ kind: 'serialise', id });
    after(PATIENCE_MS, () => calls.answer(id, undefined));
  });

  async function ask(member: Member): Promise<void> {
    const part = (await calls.ask(member)) as MetricsPart | undefined;
    // What comes behind its end would bring it back beside what is kept of it.
    if (part !== undefined && !dead.has(member)) latest.set(member, part);
  }

  return {
    gather: async () => {
      await Promise.all(serving().map(ask));
      // Both of one moment: who dies now is in exactly one of them.
      const [ofTheLiving, past] = [[...latest.values()], ofTheDead];
      return [...ofTheLiving, ...(await past)];
    },
    take: (id, part) => void calls.answer(id, part),
    bury: (member) => {
      dead.add(member);
      const last = latest.get(member);
      latest.delete(member);
      if (last !== undefined) ofTheDead = ofTheDead.then(async (parts) => [await whatStays([...parts, last])]);
    },
  };
}
