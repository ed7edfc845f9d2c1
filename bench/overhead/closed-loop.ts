// A closed loop over raw sockets: each connection sends its next request when its last answer is whole.
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuSeconds } from './proc.ts';
import { requestsOf, UNLANED } from './requests.ts';
import { createResponseReader } from './response-reader.ts';
import { mean, quantile } from './statistics.ts';
import type { Answering, Window } from './types.ts';

export interface ClosedLoopJob {
  readonly port: number;
  readonly connections: number;
  readonly bodyBytes: number;
  readonly answering: Answering;
  /** Requests that the gateway's lane leaves to node:http. */
  readonly unlaned?: boolean;
  readonly warmUpMs: number;
  readonly windowMs: number;
  /** Whose processor time is read; undefined for the upstream itself. */
  readonly pid: number | undefined;
}

/** How long answers under way are waited for after the window. */
const GRACE_MS = 5_000;
/** A subject that drops connections is opened anew so often, then left alone. */
const MOST_ERRORS = 1_000;
const MOST_SAMPLES = 4_000_000;

interface Tally {
  readonly latencies: number[];
  errors: number;
  measuring: boolean;
  stopped: boolean;
  open: number;
  turn: number;
}

export async function runClosedLoop(job: ClosedLoopJob): Promise<Window> {
  const requests = cachedRequests(job.bodyBytes, job.answering, job.unlaned === true);
  const tally: Tally = { latencies: [], errors: 0, measuring: false, stopped: false, open: 0, turn: 0 };
  for (let i = 0; i < job.connections; i++) call(job.port, requests, tally);
  await sleep(job.warmUpMs);
  const cpu = (): number => (job.pid === undefined ? 0 : cpuSeconds(job.pid));
  const cpuBefore = cpu();
  const from = performance.now();
  tally.measuring = true;
  await sleep(job.windowMs);
  tally.measuring = false;
  const seconds = (performance.now() - from) / 1000;
  const cpuAfter = cpu();
  tally.stopped = true;
  for (let waited = 0; tally.open > 0 && waited < GRACE_MS; waited += 10) await sleep(10);
  const sorted = Float64Array.from(tally.latencies).toSorted();
  return {
    requests: sorted.length,
    errors: tally.errors + tally.open,
    seconds,
    meanMs: mean(sorted),
    p50Ms: quantile(sorted, 0.5),
    p99Ms: quantile(sorted, 0.99),
    cpuSeconds: cpuAfter - cpuBefore,
  };
}

/** One connection, until the job is over. */
function call(port: number, requests: readonly Buffer[], tally: Tally): void {
  const reader = createResponseReader();
  const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let sentAt = 0;
  let underWay = true;
  tally.open++;
  const send = (): void => {
    const request = requests[tally.turn++ % requests.length];
    if (request === undefined) return;
    underWay = true;
    sentAt = performance.now();
    socket.write(request);
  };
  socket.on('connect', send);
  socket.on('data', (chunk: Buffer) => {
    if (!reader.see(chunk)) return;
    underWay = false;
    if (reader.status !== 200) tally.errors++;
    else if (tally.measuring && tally.latencies.length < MOST_SAMPLES) tally.latencies.push(performance.now() - sentAt);
    if (tally.stopped) socket.end();
    else send();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    tally.open--;
    if (!underWay) return;
    tally.errors++;
    if (!tally.stopped && tally.errors < MOST_ERRORS) call(port, requests, tally);
  });
}

const cache = new Map<string, readonly Buffer[]>();

function cachedRequests(bytes: number, answering: Answering, unlaned: boolean): readonly Buffer[] {
  const key = `${bytes} ${answering} ${unlaned}`;
  const kind = answering === 'sse' ? 'events' : 'plain';
  const made = cache.get(key) ?? requestsOf(bytes, answering, kind, unlaned ? UNLANED : []);
  cache.set(key, made);
  return made;
}
