// The soak itself: gateway, upstream and generator up, a short look for the capacity, then the steady load with a sample every ten seconds.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import type { Built } from '../overhead/build.ts';
import type { Pinning } from '../overhead/machine.ts';
import { cpuSeconds, rssMiB } from '../overhead/proc.ts';
import { portOf } from '../overhead/subjects.ts';
import { startCommand } from '../support/child.ts';
import { startGatewayChild, type GatewayChild } from '../support/gateway-child.ts';
import type { MetricsPage } from '../support/metrics-text.ts';
import type { Sample, Totals } from './goals.ts';
import type { LoadReport } from './load.ts';
import { createSums, startLoad, type Sums } from './load-process.ts';

const START_MS = 60_000;
const SAMPLE_S = 10;
const CALIBRATION = { connections: 32, warmUpMs: 5_000, windowMs: 8_000 };
const DRAIN_MS = 30_000;
const CONTEXT_WINDOW = 131_072;
const BLOCK_BYTES = 512;

export interface SoakOptions {
  readonly built: Built;
  readonly pinning: Pinning;
  readonly seconds: number;
  /** undefined: half of what the gateway is seen to do. */
  readonly perSecond: number | undefined;
  readonly retentionMiB: number;
  readonly nodeFlags: readonly string[];
  readonly progress: (line: string) => void;
}

export interface SoakRun {
  /** undefined: the rate was given. */
  readonly capacityPerSecond: number | undefined;
  readonly perSecond: number;
  readonly samples: readonly Sample[];
  readonly totals: Totals;
  readonly whys: readonly string[];
  readonly wallSeconds: number;
  readonly drainMs: number;
  readonly printed: string;
}

/** Two ways through one gateway: `base` has one pool and nothing to choose, `auto` goes the whole way. */
function policyOf(upstream: string): string {
  const pool = (model: string, price: number): object => ({
    model,
    endpoints: [`${upstream}/v1`],
    price: { inputPerMTok: price, outputPerMTok: 2 * price },
    contextWindow: CONTEXT_WINDOW,
  });
  return stringify({
    version: 1,
    pools: {
      small: pool('soak-8b', 0.05),
      medium: pool('soak-32b', 0.2),
      large: pool('soak-70b', 0.6),
    },
    aliases: { base: 'fixed', auto: 'learn' },
    routes: [
      { name: 'fixed', when: 'model == "base"', candidates: ['small'], strategy: 'fixed' },
      { name: 'learn', candidates: ['small', 'medium', 'large'], strategy: { kind: 'bandit', costWeight: 0.1 } },
    ],
  });
}

export async function runSoak(options: SoakOptions): Promise<SoakRun> {
  const { built, pinning, seconds, progress } = options;
  const upstream = startCommand(pinning.command('rest', [process.execPath, built.helper('upstream')]));
  const upstreamPort = await upstream.line(portOf, START_MS);
  const gateway = await startGatewayChild({
    sluice: built.sluice,
    nodeFlags: options.nodeFlags,
    policy: policyOf(`http://127.0.0.1:${upstreamPort}`),
    env: { SLUICE_RETENTION_MIB: String(options.retentionMiB) },
    pinned: (command) => pinning.command('subject', command),
  });
  const load = await startLoad(pinning, gateway.port);
  const sums = createSums();

  let capacityPerSecond: number | undefined;
  if (options.perSecond === undefined) {
    progress(`looking for the capacity: ${CALIBRATION.connections} requests under way, always`);
    load.tell({ kind: 'closed', connections: CALIBRATION.connections });
    await sleep(CALIBRATION.warmUpMs);
    sums.add(await load.report());
    const from = performance.now();
    await sleep(CALIBRATION.windowMs);
    const counted = sums.add(await load.report());
    capacityPerSecond = counted.completed / ((performance.now() - from) / 1000);
    load.tell({ kind: 'stop' });
    progress(`it does ${capacityPerSecond.toFixed(0)} requests/s`);
  }
  const perSecond = options.perSecond ?? Math.max(1, Math.round((capacityPerSecond ?? 0) / 2));
  sums.add(await load.report());
  // What the scrapes until now have seen of the loop is not the soak's.
  await gateway.metrics();

  load.tell({ kind: 'open', perSecond });
  const from = performance.now();
  const elapsed = (): number => (performance.now() - from) / 1000;
  const samples: Sample[] = [];
  const look = (): Look => ({ cpu: cpuSeconds(gateway.pid), waited: waitedSeconds(gateway.pid), at: elapsed() });
  let last = look();
  for (let due = SAMPLE_S; due <= seconds; due += SAMPLE_S) {
    await sleep(Math.max(0, (due - elapsed()) * 1000));
    const counted = sums.add(await load.report());
    const page = await gateway.metrics();
    const now = look();
    const sample = sampleOf(gateway, page, counted, last, now);
    samples.push(sample);
    progress(sampleLine(sample, seconds));
    last = now;
  }
  load.tell({ kind: 'stop' });
  const wallSeconds = elapsed();
  const deadline = performance.now() + DRAIN_MS;
  while (sums.add(await load.report()).underWay > 0 && performance.now() < deadline) await sleep(200);
  const end = await settled(gateway, sums);
  const { code, drainMs, printed } = await gateway.stop();
  let logged = 0;
  let loggedOpen = 0;
  await gateway.log((record) => {
    logged++;
    if ((record as { readonly outcome: object | null }).outcome === null) loggedOpen++;
  });
  gateway.remove();
  upstream.process.kill();
  return {
    capacityPerSecond,
    perSecond,
    samples,
    totals: {
      sent: sums.total.sent,
      completed: sums.total.completed,
      errors: sums.total.errors + sums.total.feedbackErrors,
      counted: end.sum('sluice_requests_total', { finish: 'completed' }),
      countedOtherwise:
        end.sum('sluice_requests_total') -
        end.sum('sluice_requests_total', { finish: 'completed' }) +
        end.sum('sluice_rejected_total'),
      openDecisions: end.sum('sluice_open_decisions'),
      inFlight: end.sum('sluice_endpoint_in_flight'),
      storeFailures: end.sum('sluice_store_failures_total'),
      feedbackSent: sums.total.feedbackSent,
      rewards: end.sum('sluice_rewards_total'),
      logged,
      loggedOpen,
      exitCode: code,
    },
    whys: sums.whys,
    wallSeconds,
    drainMs,
    printed,
  };
}

/** The metrics once everything is over, or as they are after a while. */
async function settled(gateway: GatewayChild, { total }: Sums): Promise<MetricsPage> {
  const deadline = performance.now() + DRAIN_MS;
  for (;;) {
    const page = await gateway.metrics();
    const over = page.sum('sluice_open_decisions') === 0 && page.sum('sluice_rewards_total') >= total.feedbackSent;
    if (over || performance.now() > deadline) return page;
    await sleep(100);
  }
}

interface Look {
  readonly cpu: number;
  readonly waited: number;
  readonly at: number;
}

function sampleOf(gateway: GatewayChild, page: MetricsPage, counted: LoadReport, last: Look, now: Look): Sample {
  const loop = (quantile: string): number => 1000 * page.highest('sluice_event_loop_delay_seconds', { quantile });
  return {
    atSeconds: now.at,
    rssMiB: rssMiB(gateway.pid),
    anonymousMiB: anonymousMiB(gateway.pid),
    heapMiB: page.sum('nodejs_heap_size_used_bytes') / 2 ** 20,
    loopP99Ms: loop('0.99'),
    loopMostMs: loop('1'),
    busy: (now.cpu - last.cpu) / (now.at - last.at),
    waited: (now.waited - last.waited) / (now.at - last.at),
    logMiB: (statSync(join(gateway.dataDir, 'data.mdb')).blocks * BLOCK_BYTES) / 2 ** 20,
    openDecisions: page.sum('sluice_open_decisions'),
    completedPerSecond: counted.completed / (now.at - last.at),
    errors: counted.errors + counted.feedbackErrors,
    p50Ms: counted.p50Ms,
    p99Ms: counted.p99Ms,
  };
}

/** Of the main thread; NaN where the kernel does not tell. */
function waitedSeconds(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e9;
  } catch {
    return Number.NaN;
  }
}

function anonymousMiB(pid: number): number {
  try {
    const kib = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kib) / 1024;
  } catch {
    return Number.NaN;
  }
}

function sampleLine(sample: Sample, seconds: number): string {
  return (
    `${sample.atSeconds.toFixed(0).padStart(5)}/${seconds} s  ${sample.completedPerSecond.toFixed(0)}/s  p50 ${sample.p50Ms.toFixed(2)} p99 ${sample.p99Ms.toFixed(1)} ms  ` +
    `busy ${sample.busy.toFixed(2)} waited ${sample.waited.toFixed(2)}  RSS ${sample.rssMiB.toFixed(0)} (anonymous ${sample.anonymousMiB.toFixed(0)}, heap ${sample.heapMiB.toFixed(0)})  ` +
    `loop p99 ${sample.loopP99Ms.toFixed(1)} ms  log ${sample.logMiB.toFixed(0)} MiB  open ${sample.openDecisions}  errors ${sample.errors}`
  );
}
