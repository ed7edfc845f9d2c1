// sluice relearn: what people said of old decisions, learnt again after a change of embedder or classifier.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { SluiceError } from '../base/index.ts';
import { dataDirOf, redisPrefixOf, redisUrlOf, storeOf } from '../config/index.ts';
import { relearnLog } from '../root/index.ts';
import { storeErrors, storeHomes } from '../store/index.ts';

interface RelearnFlags {
  readonly dataDir?: string;
  readonly store?: string;
}

export function relearnCommand(): Command {
  return new Command('relearn')
    .description('Learn again from the decision log after a change of embedder or classifier.')
    .option('--data-dir <dir>', 'data directory of the gateway (env SLUICE_DATA_DIR; default data)')
    .option('--store <kind>', 'lmdb or redis (env SLUICE_STORE; default lmdb); Redis: env SLUICE_REDIS_URL')
    .addHelpText(
      'after',
      `
What is learnt lives in the space of its features, and a build with others begins anew. Features of old decisions can be
made again where their text was kept (SLUICE_LOG_TEXT=1). To run it again counts nothing twice. The gateway of a data
directory has to be stopped for it; with Redis, gateways take in what was learnt when they start the next time.`,
    )
    .action(async (flags: RelearnFlags) => {
      try {
        await run(flags);
      } catch (error) {
        if (!(error instanceof SluiceError)) throw error;
        console.error(`sluice: ${error.message}`);
        process.exitCode = 2;
      }
    });
}

async function run(flags: RelearnFlags): Promise<void> {
  const kind = storeOf(flags, process.env);
  const directory = dataDirOf(flags, process.env);
  if (kind === 'memory') throw storeErrors.open('memory', 'what a gateway has there ends with it');
  // Opening it would make one.
  if (kind === 'lmdb' && !existsSync(join(directory, 'data.mdb')))
    throw storeErrors.open(directory, 'there is no data directory of a gateway');
  const url = redisUrlOf(process.env);
  const store = await storeHomes[kind].open({
    directory,
    prefix: redisPrefixOf(process.env),
    ...(url === undefined ? {} : { url }),
  });
  try {
    const { learnt, withoutText, withoutAnswer, answers, fingerprint } = await relearnLog(store);
    const rated = learnt + withoutText + withoutAnswer;
    console.log(`feature space ${fingerprint}`);
    console.log(`${rated} decisions of other feature spaces have feedback: ${learnt} were learnt again`);
    if (withoutText > 0)
      console.log(`${withoutText} could not be: their text was not kept (SLUICE_LOG_TEXT=1 keeps it)`);
    if (withoutAnswer > 0) console.log(`${withoutAnswer} had no whole answer to learn about`);
    console.log(`${answers} lengths of answers were taken in`);
  } finally {
    await store.close();
  }
}
