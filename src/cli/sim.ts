// `sluice sim`: one simulated model server, for trying Sluice without a GPU and for load tests.
import { Command, InvalidArgumentError, Option } from 'commander';
import {
  bookAs,
  DEFAULT_BATCHED_TOKENS,
  DEMO_MODELS,
  ENGINE_PROFILES,
  FAULT_HEADER,
  loadAnswerBook,
  loadDemoBook,
  parseFault,
  SIM_FAULTS,
  startSimServer,
  type AnswerBook,
  type FaultPlan,
} from '../sim/index.ts';

interface SimFlags {
  readonly port: number;
  readonly host: string;
  readonly model: string;
  readonly profile: string;
  readonly book?: string;
  readonly bookModel?: string;
  readonly seed: number;
  readonly timeScale: number;
  readonly fault: FaultPlan;
}

function number(least: number, most: number, whole: boolean): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= least && value <= most) || (whole && !Number.isInteger(value))) {
      const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
      throw new InvalidArgumentError(`It must be ${whole ? 'a whole number' : 'a number'} ${range}.`);
    }
    return value;
  };
}

function addFault(text: string, before: FaultPlan): FaultPlan {
  try {
    return [...before, parseFault(text)];
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

function table(title: string, rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return [title, ...rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`)].join('\n');
}

const ENDPOINT_HELP = [
  ['POST /v1/chat/completions', 'text, JSON by schema, tool calls, logprobs; plain or streamed'],
  ['POST /v1/completions', 'text or token ids, several prompts, n, echo, logprobs; plain or streamed'],
  ['POST /v1/embeddings', 'unit vectors from the text, as floats or base64'],
  ['GET /v1/models, /health, /metrics', 'as vLLM has them'],
] as const;

function helpTables(): string {
  const profiles = Object.entries(ENGINE_PROFILES).map(([name, profile]): readonly [string, string] => [
    name,
    `step ${profile.wMs} ms + ${profile.hMsPerSeq} ms/sequence, prefill ${profile.prefillMsPerToken} ms/token, ` +
      `${profile.kvTokens} KV tokens, ${profile.maxSeqs} sequences, ${profile.maxBatchedTokens ?? DEFAULT_BATCHED_TOKENS} tokens/step ` +
      `(${profile.source})`,
  ]);
  const faults = Object.entries(SIM_FAULTS);
  return [
    '',
    table('Profiles (--profile):', profiles),
    '',
    table(
      `Faults (--fault KIND:RATE, or the request header ${FAULT_HEADER}: KIND; KIND=VALUE where one is named):`,
      faults,
    ),
    '',
    table('Endpoints:', ENDPOINT_HELP),
    '',
    'docs/simulator.md tells more.',
    '',
    'Examples:',
    '  sluice sim --model sim-8b --book demo',
    '  sluice sim --port 9002 --model big --profile 70b-tp4-h100 --book DIR --book-model NAME --fault 500:0.01 --fault 429=30:0.02',
    '',
  ].join('\n');
}

async function bookOf(flags: SimFlags): Promise<AnswerBook | undefined> {
  if (flags.book === undefined) return undefined;
  const book = flags.book === 'demo' ? loadDemoBook(flags.seed) : await loadAnswerBook(flags.book);
  return bookAs(book, flags.bookModel ?? flags.model);
}

async function run(flags: SimFlags, command: Command): Promise<void> {
  const profile = ENGINE_PROFILES[flags.profile];
  if (profile === undefined) {
    const names = Object.keys(ENGINE_PROFILES).join(', ');
    return command.error(`error: no profile "${flags.profile}"; there are ${names}`, { exitCode: 2 });
  }
  if (flags.bookModel !== undefined && flags.book === undefined) {
    return command.error('error: --book-model needs --book', { exitCode: 2 });
  }
  try {
    const book = await bookOf(flags);
    const { model, seed, timeScale, host, port, fault: faults } = flags;
    const server = await startSimServer({ model, profile, seed, timeScale, host, port, faults, ...(book && { book }) });
    const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] });
    console.log(`${model} (simulated, ${flags.profile}, seed ${seed}) listens on ${server.url}`);
    if (book !== undefined) console.log(`answers ${book.size} known prompts as ${flags.bookModel ?? model}`);
    console.log(`try: curl ${server.url}/chat/completions -H 'content-type: application/json' -d '${body}'`);
    const stop = (): void => {
      void server.close().then(() => process.exit(0));
    };
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
  } catch (error) {
    command.error(`error: ${error instanceof Error ? error.message : String(error)}`, { exitCode: 2 });
  }
}

/** The `sim` subcommand: runs until SIGTERM or SIGINT, then exits 0; exits 2 on bad options, an unreadable book, a taken port. */
export function simCommand(): Command {
  return new Command('sim')
    .description('Run a simulated model server that speaks the OpenAI API and behaves like vLLM.')
    .option('--port <port>', 'port to listen on, 0 for any free one', number(0, 65_535, true), 9001)
    .option('--host <host>', 'address to listen on', '127.0.0.1')
    .option('--model <name>', 'model name to serve', DEMO_MODELS[0])
    .option('--profile <profile>', 'how fast the simulated GPUs are, see below', '8b-h100')
    .option('--book <dir>', 'answer book: a data set folder (meta.json, queries.jsonl.gz), or "demo"')
    .option('--book-model <name>', 'answer as this model of the book (default: the --model name)')
    .option('--seed <n>', 'seed of everything random', number(0, Number.MAX_SAFE_INTEGER, true), 1)
    .option('--time-scale <x>', 'real seconds per simulated second, 0 = no waiting', number(0, 1000, false), 1)
    .addOption(
      new Option('--fault <kind:rate>', 'fail this share of requests, repeatable, e.g. 500:0.01 or 429=30:0.01')
        .argParser(addFault)
        .default([], 'none'),
    )
    .addHelpText('after', helpTables)
    .action((flags: SimFlags, command: Command) => run(flags, command));
}
