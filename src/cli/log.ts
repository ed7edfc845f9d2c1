// sluice log: decisions with their outcomes and feedback; works while the gateway runs.
import { setTimeout as pause } from 'node:timers/promises';
import { Command } from 'commander';
import { newDecisionId } from '../base/index.ts';
import { dataDirOf, redisPrefixOf, redisUrlOf, storeOf } from '../config/index.ts';
import {
  createOutcomeFinder,
  loggedDecisions,
  readFeedback,
  timeOfId,
  type LoggedDecision,
} from '../feedback/index.ts';
import { storeHomes, type Store } from '../store/index.ts';
import { matches, parseAmount, parseCount, parseTag, parseTime, rangeOf, type LogFilters } from './log-filter.ts';
import { asJson, asLine, explained, type Shown } from './log-print.ts';

interface LogFlags extends LogFilters {
  readonly dataDir?: string;
  readonly store?: string;
  readonly limit?: number;
  readonly last?: number;
  readonly id?: string;
  readonly explain?: string;
  readonly json?: boolean;
  readonly follow?: boolean;
}

/** How often a followed log is read again. */
const FOLLOW_MS = 250;
/** A decision may be written so long after its id was made. */
const LATE_MS = 5_000;

export function logCommand(): Command {
  return new Command('log')
    .description('Print decisions with what became of them, oldest first; also of a gateway that runs.')
    .option('--data-dir <dir>', 'data directory of the gateway (env SLUICE_DATA_DIR; default data)')
    .option('--store <kind>', 'lmdb or redis (env SLUICE_STORE; default lmdb); Redis: env SLUICE_REDIS_URL')
    .option('-n, --limit <count>', 'only the newest so many', parseCount)
    .option('--last <count>', 'the same as --limit', parseCount)
    .option('--id <decision>', 'only this decision')
    .option('--route <name>', 'only of this route')
    .option('--pool <name>', 'only answered by this pool (or chosen, where none answered)')
    .option('--topic <name>', 'only on this topic')
    .option('--finish <how>', 'only completed, interrupted, failed, abandoned or open ones')
    .option('--status <code>', 'only with this HTTP status', parseCount)
    .option('--since <time>', 'only from then on: 30s, 10m, 2h, 7d ago, or a date', (text: string) => parseTime(text))
    .option('--until <time>', 'only before then', (text: string) => parseTime(text))
    .option('--session <id>', 'only of this session')
    .option('--tag <key=value>', 'only with this tag; may be given again', parseTag)
    .option('--min-cost <usd>', 'only that cost at least so many US dollars', parseAmount)
    .option('--slow <ms>', 'only that took at least so long', parseAmount)
    .option('--follow', 'go on with new decisions, each once its outcome is there')
    .option('--json', 'one JSON object a line')
    .option('--explain <decision>', 'all that is on record of this decision, in words')
    .action(async (flags: LogFlags) => {
      // A closed pipe (`sluice log | head`) is the reader's choice, not an error.
      // Stays: the error of the last line comes after it was written.
      process.stdout.off('error', leave).on('error', leave);
      try {
        await show(flags);
      } catch (error) {
        console.error(`sluice: ${(error as Error).message}`);
        process.exitCode = 2;
      }
    });
}

function leave(): never {
  process.exit(0);
}

async function show(flags: LogFlags): Promise<void> {
  const kind = storeOf(flags, process.env);
  if (kind === 'memory')
    throw new Error('the log of a gateway with its store in memory cannot be read; --store lmdb or redis keeps one');
  const url = redisUrlOf(process.env);
  const directory = dataDirOf(flags, process.env);
  const store = await storeHomes[kind].open({
    directory,
    readOnly: true,
    prefix: redisPrefixOf(process.env),
    ...(url === undefined ? {} : { url }),
  });
  const interrupted = new AbortController();
  const stop = (): void => interrupted.abort();
  process.once('SIGINT', stop);
  try {
    const id = flags.explain ?? flags.id;
    const where = kind === 'lmdb' ? directory : 'Redis';
    if (id !== undefined) await showOne(store, id, flags, where);
    else await showAll(store, flags, interrupted.signal);
  } finally {
    process.off('SIGINT', stop);
    await store.close();
  }
}

async function showOne(store: Store, id: string, flags: LogFlags, where: string): Promise<void> {
  const range = { from: id, to: `${id}\u0000` };
  for await (const one of /^dec_[0-9a-f]{32}$/.test(id) ? loggedDecisions(store, range) : []) {
    const shown = await withFeedback(store, one);
    console.log(flags.explain === undefined ? printed(shown, flags) : explained(shown));
    return;
  }
  console.error(`sluice: no decision "${id}" in ${where}`);
  process.exitCode = 1;
}

async function showAll(store: Store, flags: LogFlags, signal: AbortSignal): Promise<void> {
  const started = timeOfId(newDecisionId());
  /** Shown already, or open when the log was read. */
  const seen = new Map<string, 'open' | 'shown'>();
  const limit = flags.limit ?? flags.last;
  let printedCount = 0;
  const print = async (one: LoggedDecision): Promise<void> => {
    printedCount++;
    console.log(printed(await withFeedback(store, one), flags));
  };
  const newest: LoggedDecision[] = [];
  // To follow alone is to begin now.
  const past = flags.follow !== true || limit !== undefined || flags.since !== undefined;
  if (past) {
    for await (const one of loggedDecisions(store, { ...rangeOf(flags), reverse: limit !== undefined })) {
      if (signal.aborted) return;
      if (flags.follow === true && one.record.at >= started - LATE_MS)
        seen.set(one.record.id, one.outcome ? 'shown' : 'open');
      if (!matches(one, flags)) continue;
      if (limit === undefined) await print(one);
      else if (newest.push(one) === limit) break;
    }
    for (const one of newest.toReversed()) await print(one);
    if (printedCount === 0 && flags.follow !== true) console.error('sluice: no decision to show');
  }
  if (flags.follow === true) await follow(store, flags, started, seen, print, signal);
}

/** Until it is interrupted: each decision once, when its outcome is there. */
async function follow(
  store: Store,
  flags: LogFlags,
  started: number,
  seen: Map<string, 'open' | 'shown'>,
  print: (one: LoggedDecision) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let from = started - LATE_MS;
  const finder = createOutcomeFinder(store);
  while (!signal.aborted) {
    const now = timeOfId(newDecisionId());
    let oldestOpen = now;
    finder.refresh();
    for await (const one of loggedDecisions(store, { ...rangeOf({ ...flags, since: from }) }, finder)) {
      const { id } = one.record;
      const at = timeOfId(id);
      if (seen.get(id) === 'shown' || (at < started && !seen.has(id))) continue;
      if (one.outcome === undefined) {
        oldestOpen = Math.min(oldestOpen, at);
        seen.set(id, 'open');
        continue;
      }
      seen.set(id, 'shown');
      if (matches(one, flags)) await print(one);
      if (signal.aborted) return;
    }
    from = Math.min(oldestOpen, now - LATE_MS);
    for (const id of seen.keys()) if (timeOfId(id) < from) seen.delete(id);
    await pause(FOLLOW_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function withFeedback(store: Store, one: LoggedDecision): Promise<Shown> {
  const { rows, ...feedback } = await readFeedback(store, one.record.id);
  return { ...one, feedback: rows === 0 ? undefined : feedback };
}

function printed(shown: Shown, { json }: LogFlags): string {
  return json === true ? asJson(shown) : asLine(shown);
}
