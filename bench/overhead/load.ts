// The load generator's process: one JSON job a line on standard input, one JSON result a line on standard output.
import { createInterface } from 'node:readline';
import { runClosedLoop, type ClosedLoopJob } from './closed-loop.ts';
import { runStreams, type StreamsJob } from './streams.ts';

export type Job = ({ readonly kind: 'closed' } & ClosedLoopJob) | ({ readonly kind: 'streams' } & StreamsJob);

interface Line {
  readonly id: number;
  readonly job: Job;
}

async function answer({ id, job }: Line): Promise<void> {
  try {
    const result = job.kind === 'closed' ? await runClosedLoop(job) : await runStreams(job);
    console.log(JSON.stringify({ id, result }));
  } catch (error) {
    console.log(JSON.stringify({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }));
  }
}

createInterface({ input: process.stdin })
  .on('line', (line) => void answer(JSON.parse(line) as Line))
  .on('close', () => process.exit(0));
console.log('load generator ready');
