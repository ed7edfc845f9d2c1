// The end of a listener: nothing new is taken, answers under way end by themselves or, after the drain time, are cut off.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

/** Every decision has its outcome when it resolves. `openDecisions`: those that have none yet. */
export async function drain(app: FastifyInstance, drainMs: number, openDecisions: () => number): Promise<void> {
  const deadline = setTimeout(() => app.server.closeAllConnections(), drainMs);
  // Callers would keep their connections for more than a minute after the answer. Counted from when it is on its way whole:
  // closing what looks idle can cut off an answer's last bytes.
  app.server.keepAliveTimeout = 1;
  await app.close();
  clearTimeout(deadline);
  // Of callers that the deadline cut off we hear a turn of the event loop later.
  for (let turn = 0; openDecisions() > 0 && turn < 1_000; turn++) await nextTurn();
}
