// sluice demo: a minute of users who give feedback, what the gateway learns from them, and what that saves.
import { writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { DEMO_TOPICS, readDemoPrompts } from '../sim/index.ts';
import { arrivals } from './demo/arrivals.ts';
import { BadAnswerError, createGatewayClient, NoAnswerError, type GatewayClient } from './demo/gateway-client.ts';
import type { LiveView } from './demo/live-view.ts';
import { coloured, plain } from './demo/paint.ts';
import { renderSummary } from './demo/render-summary.ts';
import { openScreen } from './demo/screen.ts';
import { summarise } from './demo/summary.ts';
import { Tally } from './demo/tally.ts';
import { ROUTED_MODEL, runTraffic } from './demo/traffic.ts';
import type { Price } from './demo/types.ts';

/** The gateway went away. */
const EXIT_GONE = 1;
/** Nothing to play with: no gateway, or one with other names. */
const EXIT_UNUSABLE = 2;

/** The sparklines' resolution. */
const SLICES = 20;

interface DemoFlags {
  readonly url: string;
  readonly seconds: number;
  readonly rate: number;
  readonly concurrency: number;
  readonly seed: number;
  readonly feedbackRate: number;
  readonly control: string;
  readonly controlEvery: number;
  readonly live: boolean;
  readonly json?: string;
}

export function demoCommand(): Command {
  return new Command('demo')
    .description('Play a minute of users against the running gateway and show what it learns from their feedback.')
    .option('--url <url>', 'the gateway', parseUrl, 'http://127.0.0.1:8080')
    .option('--seconds <n>', 'how long', number(1, 86_400), 60)
    .option('--rate <n>', 'requests per second: Poisson arrivals that do not wait for answers', number(0.1, 10_000), 40)
    .option('--concurrency <n>', 'most requests under way at once', number(1, 10_000, true), 64)
    .option('--seed <n>', 'seed of the traffic', number(0, 0xffff_ffff, true), 1)
    .option('--feedback-rate <share>', 'share of the users who rate their answer', number(0, 1), 0.8)
    .option('--control <pool>', 'pool that the control group asks for by name', 'large')
    .option('--control-every <n>', 'one request in so many is of the control group; 0: none', number(0, 1e6, true), 10)
    .option('--no-live', 'print lines instead of redrawing')
    .option('--json <file>', 'write all numbers of the summary there')
    .addHelpText(
      'after',
      `
The users ask the embedded prompts (14 topics, each prompt with a reference answer) as \`model: ${ROUTED_MODEL}\`. An answer
scores 1 when it contains the reference, else 0; that score is the feedback. The control group asks one pool by
its name and gives no feedback: what always using it costs and scores is measured, not assumed.

What the gateway has learnt is kept in its data directory: to see it learn from nothing a second time, start it
with a fresh --data-dir. Ctrl-C stops early and still prints the summary.

Exit codes: 0 done, or stopped with Ctrl-C; 1 the gateway went away; 2 no gateway there, or not the names above.`,
    )
    .action(async (flags: DemoFlags) => {
      const client = createGatewayClient(flags.url, flags.concurrency);
      try {
        const prices = await usablePrices(client, flags);
        process.exitCode = typeof prices === 'string' ? refuse(prices) : await play(client, prices, flags);
      } finally {
        await client.close();
      }
    });
}

function refuse(why: string): number {
  console.error(`sluice demo: ${why}`);
  return EXIT_UNUSABLE;
}

/** Prices by pool, or what is missing. */
async function usablePrices(client: GatewayClient, flags: DemoFlags): Promise<ReadonlyMap<string, Price> | string> {
  try {
    const { aliases, prices } = await client.offer();
    if (prices.size === 0) return `what answers at ${flags.url} is no Sluice gateway: /v1/models names no pools`;
    if (!aliases.includes(ROUTED_MODEL)) {
      return `the gateway's policy has no alias "${ROUTED_MODEL}", which the demo's users ask for (it has ${aliases.join(', ') || 'none'})`;
    }
    if (flags.controlEvery > 0 && !prices.has(flags.control)) {
      return `the gateway's policy has no pool "${flags.control}" for the control group: choose one of ${[...prices.keys()].join(', ')} with --control, or --control-every 0`;
    }
    return prices;
  } catch (error) {
    if (error instanceof NoAnswerError) {
      return `nothing answers at ${flags.url} (${error.message}): start the gateway first with \`npm start\`, or name another with --url`;
    }
    if (error instanceof BadAnswerError) return `what answers at ${flags.url} is no Sluice gateway: ${error.message}`;
    throw error;
  }
}

/** The exit code. */
async function play(client: GatewayClient, prices: ReadonlyMap<string, Price>, flags: DemoFlags): Promise<number> {
  const out = process.stdout;
  const paint = out.isTTY && out.hasColors() ? coloured : plain;
  const pools = [...prices.keys()];
  const durationMs = flags.seconds * 1000;
  const tally = new Tally();
  const stop = new AbortController();
  const onInterrupt = (): void => stop.abort();
  process.once('SIGINT', onInterrupt);
  // A closed pipe (`sluice demo | head`) is the reader's choice, not an error.
  out.on('error', () => process.exit(0));

  const started = performance.now();
  const elapsedMs = (): number => performance.now() - started;
  let phase: LiveView['phase'] = 'sending';
  let sentForMs = Infinity;
  const view = (): LiveView => ({
    phase,
    title: `${paint('bold', 'Sluice demo')}: users ask ${flags.url} and rate the answers (seed ${flags.seed})`,
    durationMs,
    pools,
    progress: tally.progress(Math.min(elapsedMs(), durationMs, sentForMs), {
      windowMs: durationMs / 4,
      sliceMs: durationMs / SLICES,
      topics: DEMO_TOPICS,
      pools,
    }),
  });
  const screen = openScreen(out, { live: flags.live, paint, durationMs, view });
  const run = await runTraffic({
    client,
    arrivals: arrivals({
      prompts: readDemoPrompts(),
      seconds: flags.seconds,
      perSecond: flags.rate,
      feedbackRate: flags.feedbackRate,
      controlEvery: flags.controlEvery,
      seed: flags.seed,
    }),
    tally,
    prices,
    controlPool: flags.control,
    durationMs,
    concurrency: flags.concurrency,
    elapsedMs,
    stop: stop.signal,
    onSent: (ms) => {
      phase = 'waiting';
      sentForMs = ms;
    },
  }).finally(() => {
    phase = 'done';
    screen.end();
    process.off('SIGINT', onInterrupt);
  });

  const summary = summarise(tally, { ...run, topics: DEMO_TOPICS, pools, controlPool: flags.control });
  if (run.ending === 'gone')
    console.error(`\nsluice demo: the gateway at ${flags.url} went away; this is what was seen`);
  if (run.ending === 'stopped') console.log('\nStopped early; this is what was seen.');
  console.log(`\n${renderSummary(summary, pools, paint)}`);
  if (flags.json !== undefined) {
    writeFileSync(flags.json, `${JSON.stringify({ settings: flags, ...summary }, undefined, 2)}\n`);
    console.log(` All numbers: ${flags.json}`);
  }
  return run.ending === 'gone' ? EXIT_GONE : 0;
}

function parseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return text;
  throw new InvalidArgumentError('Expected a URL such as http://127.0.0.1:8080.');
}

function number(least: number, most: number, whole = false): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && value >= least && value <= most && (!whole || Number.isInteger(value))) return value;
    throw new InvalidArgumentError(`Expected a ${whole ? 'whole ' : ''}number from ${least} to ${most}.`);
  };
}
