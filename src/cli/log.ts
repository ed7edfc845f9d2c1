// sluice log: decisions with their outcomes and feedback, one JSON object a line; works while the gateway runs.
import { Command, InvalidArgumentError } from 'commander';
import { dataDirOf } from '../config/index.ts';
import { loggedDecisions, readFeedback, type LoggedDecision } from '../feedback/index.ts';
import { openLmdbStore } from '../store/index.ts';

export function logCommand(): Command {
  return new Command('log')
    .description('Print decision records, oldest first, as JSON lines: decision, outcome, feedback.')
    .option('--data-dir <dir>', 'data directory of the gateway (env SLUICE_DATA_DIR; default data)')
    .option('-n, --last <count>', 'only the last so many', parseCount)
    .option('--id <decision>', 'only this decision')
    .action(async (flags: { dataDir?: string; last?: number; id?: string }) => {
      // A closed pipe (`sluice log | head`) is the reader's choice, not an error.
      process.stdout.on('error', () => process.exit(0));
      const directory = dataDirOf(flags, process.env);
      try {
        const store = openLmdbStore({ directory, readOnly: true });
        const found: LoggedDecision[] = [];
        const range = flags.id === undefined ? {} : { from: flags.id, to: `${flags.id}\u0000` };
        for await (const one of loggedDecisions(store, { ...range, reverse: flags.last !== undefined })) {
          if (found.push(one) === flags.last) break;
        }
        if (flags.last !== undefined) found.reverse();
        if (flags.id !== undefined && found.length === 0) {
          console.error(`sluice: no decision "${flags.id}" in ${directory}`);
          process.exitCode = 1;
        }
        for (const { record, outcome } of found) {
          const { rows, ...feedback } = await readFeedback(store, record.id);
          console.log(JSON.stringify({ ...record, outcome: outcome ?? null, feedback: rows === 0 ? null : feedback }));
        }
        await store.close();
      } catch (error) {
        console.error(`sluice: ${(error as Error).message}`);
        process.exitCode = 2;
      }
    });
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('expected a whole number from 1');
  return count;
}
