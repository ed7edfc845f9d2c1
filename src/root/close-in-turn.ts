// Taking down what was built: one part after the other, whatever becomes of those before.
import type { Logger } from 'pino';

export type Part = readonly [name: string, close: () => unknown];

/** Every part is tried. Rejects with the first failure, once each of them is in the log. */
export async function closeInTurn(parts: readonly Part[], logger: Pick<Logger, 'error'>): Promise<void> {
  const failures: unknown[] = [];
  for (const [name, close] of parts) {
    try {
      await close();
    } catch (error) {
      logger.error(error, `closing: ${name} failed`);
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
