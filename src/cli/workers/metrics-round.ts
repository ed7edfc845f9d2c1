// One round of asking every worker for its metrics; a worker that does not answer in time is left out.
import { createCalls } from './calls.ts';
import type { Member } from './crew.ts';

export interface MetricsRound {
  gather(): Promise<readonly unknown[]>;
  take(id: number, part: unknown): void;
}

/** Prometheus gives up after 10 s. */
const PATIENCE_MS = 2_000;

export function createMetricsRound(serving: () => readonly Member[]): MetricsRound {
  const calls = createCalls<Member>((id, member) => {
    member.send({ kind: 'serialise', id });
    setTimeout(() => calls.answer(id, undefined), PATIENCE_MS).unref();
  });
  return {
    gather: async () => {
      const parts = await Promise.all(serving().map((member) => calls.ask(member)));
      return parts.filter((part) => part !== undefined);
    },
    take: (id, part) => void calls.answer(id, part),
  };
}
