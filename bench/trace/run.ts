// One replay: servers and gateway up, everything sent at its time, one server killed and brought back, log and metrics read.
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import type { Check } from '../support/check.ts';
import { startGatewayChild, type GatewayChild } from '../support/gateway-child.ts';
import type { MetricsPage } from '../support/metrics-text.ts';
import { cpuSeconds, rssMiB } from '../overhead/proc.ts';
import { checkTrace } from './checks.ts';
import { createClient, type Exchanged } from './exchange.ts';
import { readRecord, tokenError, type Logged, type TokenError } from './log-record.ts';
import type { Planned } from './schedule.ts';
import { startServers, type ModelServer, type ServerSpec } from './servers.ts';
import { secondsOf, type Observed, type Second } from './timeline.ts';

const KILL_AT = 0.4;
const REVIVE_AT = 0.6;
const SETTLE_MS = 10_000;
const CONTEXT_WINDOW = 131_072;
/** US dollars per million tokens; the bandit looks at quality alone, this only orders its prior. */
const PRICES = [0.2, 0.9];
/** So much is spread evenly: both pools stay in use, whatever the bandit learns. */
const FLOOR = 0.2;

export interface TraceRun {
  readonly checks: readonly Check[];
  readonly results: readonly Exchanged[];
  readonly log: readonly Logged[];
  readonly seconds: readonly Second[];
  readonly observed: readonly Observed[];
  readonly endpoints: readonly string[];
  readonly killSeconds: { readonly from: number; readonly to: number };
  readonly tokenErrors: { readonly firstHalf: TokenError; readonly secondHalf: TokenError };
  readonly wallSeconds: number;
  readonly drainMs: number;
  /** Processor time over wall time: the gateway, this process, each server (of its last start). */
  readonly busy: Readonly<Record<string, number>>;
}

export interface TraceOptions {
  readonly sluice: string;
  readonly models: readonly string[];
  readonly schedule: readonly Planned[];
  readonly seconds: number;
  readonly timeScale: number;
  readonly progress: (line: string) => void;
}

export function specsOf(models: readonly string[]): readonly ServerSpec[] {
  const [cheap = '', good = ''] = models;
  return [
    { name: 'large-a', model: good, profile: '70b-tp4-h100' },
    { name: 'large-b', model: good, profile: '70b-tp4-h100' },
    { name: 'small', model: cheap, profile: '8b-h100' },
  ];
}

function policyOf(models: readonly string[], servers: readonly ModelServer[]): string {
  const names = ['small', 'large'];
  const pools = models.map((model, i) => {
    const price = { inputPerMTok: PRICES[i], outputPerMTok: PRICES[i] };
    const endpoints = servers.filter(({ spec }) => spec.model === model).map(({ url }) => url);
    return [names[i], { model, engine: 'vllm', endpoints, price, contextWindow: CONTEXT_WINDOW }] as const;
  });
  const strategy = { kind: 'bandit', costWeight: 0, floor: FLOOR };
  return stringify({
    version: 1,
    pools: Object.fromEntries(pools),
    aliases: { auto: 'learn' },
    routes: [{ name: 'learn', candidates: names, strategy, fallbacks: ['large', 'small'] }],
  });
}

export async function runTrace(options: TraceOptions): Promise<TraceRun> {
  const { sluice, models, schedule, seconds } = options;
  const fleet = await startServers(sluice, specsOf(models), models, schedule, options.timeScale);
  const victim = fleet.servers[0];
  if (victim === undefined) throw new Error('there is no server');
  const gateway = await startGatewayChild({ sluice, policy: policyOf(models, fleet.servers) });
  const client = createClient(gateway.url, models);

  const from = performance.now();
  const cpuFrom = cpuSeconds(gateway.pid);
  const elapsed = (): number => performance.now() - from;
  const results: Exchanged[] = [];
  const killed = { endpoint: victim.url, atMs: 0 };
  let revivedAtMs = 0;
  let revived: MetricsPage | undefined;
  const disturbance = (async (): Promise<void> => {
    await sleep(KILL_AT * seconds * 1000);
    killed.atMs = elapsed();
    await victim.kill();
    await sleep(REVIVE_AT * seconds * 1000 - elapsed());
    await victim.revive();
    revivedAtMs = elapsed();
    revived = await gateway.metrics();
  })();

  const watch = createWatch(gateway, fleet.servers, elapsed, (seen) =>
    options.progress(progressLine(seen, results, schedule.length, seconds)),
  );
  const exchanges: Promise<void>[] = [];
  for (const planned of schedule) {
    const wait = planned.atMs - elapsed();
    if (wait > 0) await sleep(wait);
    exchanges.push(client.send(planned, elapsed).then((result) => void results.push(result)));
  }
  await Promise.all([...exchanges, disturbance, sleep(Math.max(0, seconds * 1000 - elapsed()))]);
  const observed = await watch.stop();
  const wallSeconds = elapsed() / 1000;
  const end = await settled(gateway, results.filter(({ feedback }) => feedback === 'counted').length);
  const { user, system } = process.cpuUsage();
  const busy = {
    gateway: (cpuSeconds(gateway.pid) - cpuFrom) / wallSeconds,
    client: (user + system) / 1e6 / wallSeconds,
    ...Object.fromEntries(
      fleet.servers.map((server) => {
        const lived = server === victim ? wallSeconds - revivedAtMs / 1000 : wallSeconds;
        return [server.spec.name, server.cpuSeconds() / lived];
      }),
    ),
  };
  await client.close();
  const { code, drainMs, printed } = await gateway.stop();
  if (code !== 0) console.error(printed);
  await fleet.stop();
  const log: Logged[] = [];
  await gateway.log((json) => log.push(readRecord(json)));
  gateway.remove();

  const checks = checkTrace({
    sent: schedule.length,
    results,
    log,
    end,
    revived: revived ?? end,
    killed,
    exitCode: code,
  });
  const half = Math.floor(log.length / 2);
  return {
    checks,
    results: results.toSorted((a, b) => a.atMs - b.atMs),
    log,
    seconds: secondsOf(results, wallSeconds),
    observed,
    endpoints: fleet.servers.map(({ spec }) => spec.name),
    killSeconds: { from: killed.atMs / 1000, to: revivedAtMs / 1000 },
    tokenErrors: { firstHalf: tokenError(log.slice(0, half)), secondHalf: tokenError(log.slice(half)) },
    wallSeconds,
    drainMs,
    busy,
  };
}

/** The metrics once nothing is under way and all feedback is learnt, which the answers do not wait for; or as they are after a while. */
async function settled(gateway: GatewayChild, rewards: number): Promise<MetricsPage> {
  const deadline = performance.now() + SETTLE_MS;
  for (;;) {
    const page = await gateway.metrics();
    const left = page.sum('sluice_open_decisions') + page.sum('sluice_endpoint_in_flight');
    const learnt = page.sum('sluice_rewards_total') >= rewards;
    if ((left === 0 && learnt) || performance.now() > deadline) return page;
    await sleep(50);
  }
}

/** Looks once a second until it is stopped. */
function createWatch(
  gateway: GatewayChild,
  servers: readonly ModelServer[],
  elapsed: () => number,
  tell: (seen: Observed) => void,
): { stop(): Promise<readonly Observed[]> } {
  const seen: Observed[] = [];
  const stopped = new AbortController();
  let last = { cpu: cpuSeconds(gateway.pid), at: elapsed() };
  const watching = (async (): Promise<void> => {
    for (let second = 1; !stopped.signal.aborted; second++) {
      await sleep(Math.max(0, second * 1000 - elapsed()), undefined, { signal: stopped.signal }).catch(() => undefined);
      if (stopped.signal.aborted) return;
      const page = await gateway.metrics();
      const now = { cpu: cpuSeconds(gateway.pid), at: elapsed() };
      const loop = (quantile: string): number => 1000 * page.highest('sluice_event_loop_delay_seconds', { quantile });
      const observed = {
        atSeconds: now.at / 1000,
        rssMiB: rssMiB(gateway.pid),
        busy: (now.cpu - last.cpu) / ((now.at - last.at) / 1000),
        loopP99Ms: loop('0.99'),
        loopMostMs: loop('1'),
        heapMiB: page.sum('nodejs_heap_size_used_bytes') / 2 ** 20,
        underWay: page.sum('sluice_endpoint_in_flight'),
        healthy: servers.map(({ url }) => page.sum('sluice_endpoint_healthy', { endpoint: url })),
      };
      last = now;
      seen.push(observed);
      tell(observed);
    }
  })();
  return {
    stop: async () => {
      stopped.abort();
      await watching;
      return seen;
    },
  };
}

function progressLine(seen: Observed, results: readonly Exchanged[], total: number, seconds: number): string {
  const bad = results.filter(({ ending }) => ending !== 'completed').length;
  const states = seen.healthy.map((healthy) => (healthy === 1 ? '●' : '○')).join('');
  return (
    `${seen.atSeconds.toFixed(0).padStart(4)}/${seconds} s  ${results.length}/${total} done, ${seen.underWay} under way, ` +
    `${bad} not whole  endpoints ${states}  ${seen.rssMiB.toFixed(0)} MiB  loop p99 ${seen.loopP99Ms.toFixed(1)} ms`
  );
}
