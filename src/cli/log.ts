// sluice log: decisions with their outcomes and feedback, one JSON object a line; works while the gateway runs.
import { Command, InvalidArgumentError } from 'commander';
import { dataDirOf } from '../config/index.ts';
import { COLLECTIONS, type DecisionRecord } from '../feedback/index.ts';
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
        const ids: string[] = [];
        if (flags.id !== undefined) ids.push(flags.id);
        else {
          const range = flags.last === undefined ? {} : { reverse: true, limit: flags.last };
          for await (const [id] of store.range(COLLECTIONS.decisions, range)) ids.push(id);
          if (flags.last !== undefined) ids.reverse();
        }
        for (const id of ids) {
          const record = (await store.get(COLLECTIONS.decisions, id)) as DecisionRecord | undefined;
          if (record === undefined) {
            console.error(`sluice: no decision "${id}" in ${directory}`);
            process.exitCode = 1;
            continue;
          }
          const outcome = await store.get(COLLECTIONS.outcomes, id);
          const feedback = await store.get(COLLECTIONS.feedback, id);
          console.log(JSON.stringify({ ...record, outcome: outcome ?? null, feedback: feedback ?? null }));
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
