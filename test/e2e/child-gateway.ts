// A gateway in a process of its own, started from the compiled files as operators start it: for signals, exit codes and everything that it prints.
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { atEnd, until } from './harness.ts';

const SLUICE = resolve(import.meta.dirname, '../../dist/cli/main.js');

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly atMs: number;
}

export interface ChildGateway {
  /** Of the listener; '' until it has printed it. */
  readonly url: string;
  /** stdout and stderr so far. */
  readonly printed: string;
  readonly ended: Promise<Ended>;
  signal(name: NodeJS.Signals): void;
}

export function runSluice(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  file = SLUICE,
): ChildGateway {
  const child = spawn(process.execPath, [file, ...args], { env: { PATH: process.env['PATH'], ...env } });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => (printed += text));
  }
  const ended = new Promise<Ended>((done) => {
    child.on('close', (code, signal) => done({ code, signal, atMs: performance.now() }));
  });
  atEnd(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return {
    get url() {
      return /^Sluice routes .* on (\S+)$/mu.exec(printed)?.[1] ?? '';
    },
    get printed() {
      return printed;
    },
    ended,
    signal: (name) => void child.kill(name),
  };
}

/** Serves when it resolves. */
export async function serveInChild(
  policyPath: string,
  dataDir: string,
  env: Readonly<Record<string, string>> = {},
  file = SLUICE,
): Promise<ChildGateway> {
  const child = runSluice(['serve', '--policy', policyPath, '--data-dir', dataDir, '--port', '0'], env, file);
  await until('the child serves', () => child.url !== '', 60_000).catch((error: unknown) => {
    throw new Error(`the child does not serve: ${child.printed}`, { cause: error });
  });
  return child;
}
