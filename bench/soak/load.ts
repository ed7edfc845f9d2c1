// The load generator's process: the mixture at a steady rate whatever the answers take, or as fast as so many connections get answers.
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { seededRandom } from '../../src/base/index.ts';
import { createResponseReader } from '../overhead/response-reader.ts';
import { quantile } from '../overhead/statistics.ts';
import { FEEDBACK_SHARE, httpRequest, MIXTURE, requestsOfKind } from './requests.ts';

/** A line on standard input. `closed`: so many requests under way, always. `open`: so many a second. */
export type Command =
  | { readonly kind: 'closed'; readonly connections: number }
  | { readonly kind: 'open'; readonly perSecond: number }
  | { readonly kind: 'stop' }
  | { readonly kind: 'report' };

/** Since the last report; requests and feedback counted apart. */
export interface LoadReport {
  readonly sent: number;
  readonly completed: number;
  readonly errors: number;
  readonly feedbackSent: number;
  readonly feedbackErrors: number;
  readonly underWay: number;
  /** From when it was due; paced streams left out. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The first few. */
  readonly whys: readonly string[];
}

interface Call {
  readonly bytes: Buffer;
  readonly dueAt: number;
  readonly paced: boolean;
  readonly feedback: 'is' | 'wanted' | 'none';
}

interface Line {
  readonly socket: Socket;
  call: Call | undefined;
  idleSince: number;
}

const TICK_MS = 2;
/** Closed from this side before the gateway does, whose FIN could cross a request. */
const IDLE_MS = 2_000;
const SWEEP_MS = 500;
const MOST_WHYS = 5;
const DECISION_ID = Buffer.from('x-sluice-decision-id: ');
const DECISION_ID_LENGTH = 36;
const ERROR = Buffer.from('{"error"');

const port = Number(process.argv[2]);
const random = seededRandom(7);
const kinds = MIXTURE.map((kind, i) => ({ kind, requests: requestsOfKind(kind, i + 1) }));
const idle: Line[] = [];
let closedLoop = 0;
let perSecond = 0;
let dueFrom = 0;
let issued = 0;
let underWay = 0;
/** Streams that take their time whatever the gateway does: they hold up no closed loop. */
let pacedUnderWay = 0;
let report = emptyTally();

function emptyTally() {
  const whys: string[] = [];
  const latencies: number[] = [];
  return { sent: 0, completed: 0, errors: 0, feedbackSent: 0, feedbackErrors: 0, whys, latencies };
}

function nextCall(dueAt: number): Call {
  let draw = random();
  const { kind, requests } = kinds.find(({ kind: { share } }) => (draw -= share) < 0) ?? kinds[0] ?? never();
  const wanted = kind.model === 'auto' && kind.answer === 'plain' && random() < FEEDBACK_SHARE;
  return {
    bytes: requests[Math.floor(random() * requests.length)] ?? never(),
    dueAt,
    paced: kind.answer.startsWith('paced'),
    feedback: wanted ? 'wanted' : 'none',
  };
}

function never(): never {
  throw new Error('the mixture is empty');
}

function send(call: Call): void {
  if (call.feedback === 'is') report.feedbackSent++;
  else {
    report.sent++;
    underWay++;
    if (call.paced) pacedUnderWay++;
  }
  const line = idle.pop();
  if (line === undefined) open(call);
  else {
    line.call = call;
    line.socket.write(call.bytes);
  }
}

function open(first: Call): void {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const line: Line = { socket, call: first, idleSince: 0 };
  let failure = 'the connection was closed';
  const reader = createResponseReader();
  let decisionId = '';
  let broken = false;
  socket.on('connect', () => socket.write(first.bytes));
  socket.on('data', (chunk: Buffer) => {
    if (line.call?.feedback === 'wanted' && decisionId === '') decisionId = decisionIdIn(chunk);
    broken ||= chunk.includes(ERROR);
    if (!reader.see(chunk)) return;
    const { call } = line;
    if (call === undefined) return;
    const why = reader.status !== 200 || broken ? `${reader.status}: ${textOf(chunk)}` : undefined;
    const rated = decisionId;
    decisionId = '';
    broken = false;
    line.call = undefined;
    line.idleSince = performance.now();
    idle.push(line);
    end(call, why);
    if (why === undefined && rated !== '') rate(rated);
    fill();
  });
  socket.on('error', (error) => (failure = error.message));
  socket.on('close', () => {
    const at = idle.indexOf(line);
    if (at >= 0) idle.splice(at, 1);
    if (line.call !== undefined) end(line.call, failure);
    line.call = undefined;
  });
}

function end(call: Call, why: string | undefined): void {
  if (call.feedback === 'is') {
    if (why !== undefined) report.feedbackErrors++;
  } else {
    underWay--;
    if (call.paced) pacedUnderWay--;
    if (why === undefined) report.completed++;
    else report.errors++;
    if (!call.paced) report.latencies.push(performance.now() - call.dueAt);
  }
  if (why !== undefined && report.whys.length < MOST_WHYS) report.whys.push(why);
}

function rate(decisionId: string): void {
  const body = JSON.stringify({ decision_id: decisionId, score: random() < 0.7 ? 1 : 0, source: 'bench' });
  send({ bytes: httpRequest('/v1/feedback', body, {}), dueAt: performance.now(), paced: false, feedback: 'is' });
}

function decisionIdIn(chunk: Buffer): string {
  const at = chunk.indexOf(DECISION_ID);
  if (at < 0) return '';
  return chunk.toString('latin1', at + DECISION_ID.length, at + DECISION_ID.length + DECISION_ID_LENGTH);
}

function textOf(chunk: Buffer): string {
  return chunk.toString('utf8').slice(-300);
}

/** The last that came is taken first: those at the front have been idle for longest. */
function sweep(): void {
  const before = performance.now() - IDLE_MS;
  const kept = idle.findIndex(({ idleSince }) => idleSince >= before);
  for (const { socket } of idle.splice(0, kept < 0 ? idle.length : kept)) socket.destroy();
}

function fill(): void {
  while (underWay - pacedUnderWay < closedLoop) send(nextCall(performance.now()));
}

function tick(): void {
  if (perSecond === 0) return;
  const due = ((performance.now() - dueFrom) / 1000) * perSecond;
  for (; issued < due; issued++) send(nextCall(dueFrom + (issued / perSecond) * 1000));
}

function obey(command: Command): void {
  switch (command.kind) {
    case 'closed':
      closedLoop = command.connections;
      fill();
      return;
    case 'open':
      closedLoop = 0;
      perSecond = command.perSecond;
      dueFrom = performance.now();
      issued = 0;
      return;
    case 'stop':
      closedLoop = 0;
      perSecond = 0;
      return;
    case 'report': {
      const { latencies, ...counts } = report;
      const sorted = Float64Array.from(latencies).toSorted();
      const told: LoadReport = {
        ...counts,
        underWay,
        p50Ms: quantile(sorted, 0.5),
        p99Ms: quantile(sorted, 0.99),
      };
      report = emptyTally();
      console.log(JSON.stringify(told));
    }
  }
}

setInterval(tick, TICK_MS);
setInterval(sweep, SWEEP_MS);
createInterface({ input: process.stdin })
  .on('line', (text) => obey(JSON.parse(text) as Command))
  .on('close', () => process.exit(0));
console.log('load generator ready');
