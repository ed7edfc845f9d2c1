// Paced streams: opened over a ramp, read to their end, the delay of every event kept, the subject's time read around the steady part.
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createMarkScanner, nowUs } from './event-mark.ts';
import { cpuSeconds } from './proc.ts';
import { requestsOf } from './requests.ts';
import { createResponseReader } from './response-reader.ts';
import { quantile } from './statistics.ts';
import type { StreamRun } from './types.ts';

export interface StreamsJob {
  readonly port: number;
  readonly streams: number;
  readonly rampMs: number;
  /** Events of each stream. */
  readonly events: number;
  readonly eventsPerSecond: number;
  readonly pid: number | undefined;
}

const BODY_BYTES = 2_048;
/** Between the last opening and the steady part. */
const SETTLE_MS = 500;
/** The steady part ends so long before the first stream does. */
const MARGIN_MS = 100;
/** How long late streams are waited for. */
const GRACE_MS = 20_000;

interface Heard {
  /** Pairs: intended time, delay; both in microseconds. */
  readonly events: number[];
  readonly firstEventMs: number[];
  received: number;
  outOfOrder: number;
  completed: number;
  open: number;
}

export async function runStreams(job: StreamsJob): Promise<StreamRun> {
  const requests = requestsOf(BODY_BYTES, 'sse', `paced-${job.events}`);
  const heard: Heard = { events: [], firstEventMs: [], received: 0, outOfOrder: 0, completed: 0, open: 0 };
  const cpu = (): number => (job.pid === undefined ? 0 : cpuSeconds(job.pid));
  const spacingUs = 1e6 / job.eventsPerSecond;
  const fromUs = nowUs();
  const steadyFromUs = fromUs + (job.rampMs + SETTLE_MS) * 1000;
  const steadyToUs = fromUs + job.events * spacingUs - MARGIN_MS * 1000;
  const cpuAtStart = cpu();
  for (let opened = 0; opened < job.streams;) {
    const due = Math.ceil((job.streams * (nowUs() - fromUs)) / 1000 / job.rampMs);
    for (; opened < Math.min(due, job.streams); opened++) open(job.port, requests, opened, spacingUs, heard);
    await sleep(1);
  }
  await until(steadyFromUs);
  const [cpuFrom, receivedFrom] = [cpu(), heard.received];
  await until(steadyToUs);
  const [cpuTo, receivedTo] = [cpu(), heard.received];
  for (let waited = 0; heard.open > 0 && waited < job.rampMs + GRACE_MS; waited += 20) await sleep(20);
  const delays = (pick: (us: number) => boolean): Float64Array =>
    Float64Array.from(
      heard.events.flatMap((us, i) => (i % 2 === 0 && pick(us) ? (heard.events[i + 1] ?? 0) / 1000 : [])),
    ).toSorted();
  const steady = delays((us) => us >= steadyFromUs && us < steadyToUs);
  const firsts = Float64Array.from(heard.firstEventMs).toSorted();
  return {
    streams: job.streams,
    completed: heard.completed,
    events: heard.received,
    lostEvents: Math.abs(job.streams * job.events - heard.received) + heard.outOfOrder,
    steadyP50Ms: quantile(steady, 0.5),
    steadyP99Ms: quantile(steady, 0.99),
    wholeP99Ms: quantile(
      delays(() => true),
      0.99,
    ),
    rampP99Ms: quantile(
      delays((us) => us < fromUs + job.rampMs * 1000),
      0.99,
    ),
    firstEventP50Ms: quantile(firsts, 0.5),
    firstEventP99Ms: quantile(firsts, 0.99),
    steadyEvents: receivedTo - receivedFrom,
    steadyCpuSeconds: cpuTo - cpuFrom,
    cpuSeconds: cpu() - cpuAtStart,
  };
}

async function until(us: number): Promise<void> {
  const ms = (us - nowUs()) / 1000;
  if (ms > 0) await sleep(ms);
}

function open(port: number, requests: readonly Buffer[], index: number, spacingUs: number, heard: Heard): void {
  const reader = createResponseReader();
  const marks = createMarkScanner();
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const request = requests[index % requests.length];
  const sentUs = nowUs();
  let previousUs: number | undefined;
  heard.open++;
  socket.on('connect', () => request !== undefined && socket.write(request));
  socket.on('data', (chunk: Buffer) => {
    const atUs = nowUs();
    marks.see(chunk, (us) => {
      heard.received++;
      heard.events.push(us, atUs - us);
      if (previousUs === undefined) heard.firstEventMs.push((atUs - sentUs) / 1000);
      else if (us !== previousUs + spacingUs) heard.outOfOrder++;
      previousUs = us;
    });
    if (!reader.see(chunk)) return;
    if (reader.status === 200) heard.completed++;
    socket.end();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => heard.open--);
}
