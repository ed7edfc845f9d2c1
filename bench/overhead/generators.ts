// The two load generators, each in its own process: wrk where it is installed for saturation, ours for everything else.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startCommand } from '../support/child.ts';
import type { Built } from './build.ts';
import type { ClosedLoopJob } from './closed-loop.ts';
import type { Job } from './load.ts';
import { which, type Pinning } from './machine.ts';
import { cpuSeconds } from './proc.ts';
import { requestsOf } from './requests.ts';
import type { StreamsJob } from './streams.ts';
import { portOf } from './subjects.ts';
import type { StreamRun, Window } from './types.ts';

const START_MS = 30_000;
const JOB_MS = 120_000;
const WRK_LUA = join(import.meta.dirname, 'wrk.lua');

export interface Generators {
  readonly upstreamPort: number;
  /** What saturates: 'wrk' or 'own'. */
  readonly saturating: 'wrk' | 'own';
  closedLoop(job: ClosedLoopJob): Promise<Window>;
  streams(job: StreamsJob): Promise<StreamRun>;
}

/** Starts the upstream and our generator; both end with this process. */
export async function startGenerators(built: Built, pinning: Pinning): Promise<Generators> {
  const helper = (name: 'upstream' | 'load') =>
    startCommand(pinning.command('rest', [process.execPath, built.helper(name)]));
  const upstreamPort = await helper('upstream').line(portOf, START_MS);
  const load = helper('load');
  await load.line((line) => (line.includes('ready') ? true : undefined), START_MS);
  let lastId = 0;

  async function run<T>(job: Job): Promise<T> {
    const id = ++lastId;
    const answered = load.line((line) => (line.startsWith(`{"id":${id},`) ? line : undefined), JOB_MS);
    load.process.stdin?.write(`${JSON.stringify({ id, job })}\n`);
    const { result, error } = JSON.parse(await answered) as { result?: T; error?: string };
    if (result === undefined) throw new Error(`load generator: ${error}`);
    return result;
  }

  const wrk = which('wrk');
  return {
    upstreamPort,
    saturating: wrk === undefined ? 'own' : 'wrk',
    closedLoop: (job) =>
      wrk === undefined || job.connections === 1 || job.unlaned === true
        ? run<Window>({ kind: 'closed', ...job })
        : runWrk([wrk], job, built.directory, pinning),
    streams: (job) => run<StreamRun>({ kind: 'streams', ...job }),
  };
}

async function runWrk(
  wrk: readonly string[],
  job: ClosedLoopJob,
  directory: string,
  pinning: Pinning,
): Promise<Window> {
  const file = join(directory, `requests-${job.bodyBytes}-${job.answering}`);
  const requests = requestsOf(job.bodyBytes, job.answering, job.answering === 'sse' ? 'events' : 'plain');
  writeFileSync(file, Buffer.concat(requests));
  const command = (ms: number): readonly string[] => [
    ...wrk,
    '-t1',
    `-c${job.connections}`,
    '--timeout',
    '10s',
    // wrk knows whole seconds only.
    `-d${Math.max(1, Math.round(ms / 1000))}s`,
    '--script',
    WRK_LUA,
    `http://127.0.0.1:${job.port}/`,
    '--',
    file,
    String(requests[0]?.length ?? 0),
  ];
  const once = async (ms: number): Promise<Omit<Window, 'cpuSeconds'>> => {
    const child = startCommand(pinning.command('rest', command(ms)));
    const line = await child.line((text) => (text.startsWith('{"requests"') ? text : undefined), ms + JOB_MS);
    await child.exited;
    return JSON.parse(line) as Omit<Window, 'cpuSeconds'>;
  };
  if (job.warmUpMs > 0) await once(job.warmUpMs);
  const cpu = (): number => (job.pid === undefined ? 0 : cpuSeconds(job.pid));
  const before = cpu();
  const counted = await once(job.windowMs);
  return { ...counted, cpuSeconds: cpu() - before };
}
