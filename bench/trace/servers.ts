// The simulated model servers, each `sluice sim` in a process of its own, with an answer book made of the schedule: every answer is as long as the trace's.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { startCommand, type Child } from '../support/child.ts';
import { cpuSeconds } from '../overhead/proc.ts';
import type { Planned } from './schedule.ts';

const START_MS = 60_000;

export interface ServerSpec {
  readonly name: string;
  readonly model: string;
  readonly profile: string;
}

export interface ModelServer {
  readonly spec: ServerSpec;
  /** With /v1; the same after `revive`. */
  readonly url: string;
  /** Processor time since its last start; NaN while it is dead. */
  cpuSeconds(): number;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** On the port that it had. */
  revive(): Promise<void>;
  stop(): Promise<void>;
}

export interface Servers {
  readonly servers: readonly ModelServer[];
  stop(): Promise<void>;
}

export async function startServers(
  sluice: string,
  specs: readonly ServerSpec[],
  models: readonly string[],
  schedule: readonly Planned[],
  timeScale: number,
): Promise<Servers> {
  const book = writeBook(models, schedule);
  process.once('exit', () => rmSync(book, { recursive: true, force: true }));
  const servers = await Promise.all(specs.map((spec, i) => startServer(sluice, spec, book, timeScale, i + 1)));
  return {
    servers,
    stop: async () => {
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
}

async function startServer(
  sluice: string,
  spec: ServerSpec,
  book: string,
  timeScale: number,
  seed: number,
): Promise<ModelServer> {
  let url = '';
  let child: Child | undefined;
  const start = async (port: number): Promise<void> => {
    const flags = { port, model: spec.model, profile: spec.profile, book, seed, 'time-scale': timeScale };
    const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
    child = startCommand([process.execPath, sluice, 'sim', ...args]);
    url = await child.line((line) => /listens on (http:\S+)$/.exec(line)?.[1], START_MS);
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ending = child;
    child = undefined;
    ending?.process.kill(signal);
    await ending?.exited;
  };
  await start(0);
  return {
    spec,
    get url() {
      return url;
    },
    cpuSeconds: () => (child?.process.pid === undefined ? Number.NaN : cpuSeconds(child.process.pid)),
    kill: () => end('SIGKILL'),
    revive: () => start(Number(new URL(url).port)),
    stop: () => end('SIGTERM'),
  };
}

function writeBook(models: readonly string[], schedule: readonly Planned[]): string {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-trace-book-'));
  const meta = {
    name: 'trace',
    models: models.map((name) => ({ name, usd_per_1m_in: 1, usd_per_1m_out: 1 })),
    pool_default: models,
  };
  const rows = schedule.map(({ prompt, inputTokens, outputTokens, scores }, i) =>
    JSON.stringify({
      id: String(i),
      prompt,
      in_tok: inputTokens,
      score: scores,
      out_tok: models.map(() => outputTokens),
      cost: models.map(() => 0),
    }),
  );
  writeFileSync(join(directory, 'meta.json'), JSON.stringify(meta));
  writeFileSync(join(directory, 'queries.jsonl.gz'), gzipSync(rows.join('\n')));
  return directory;
}
