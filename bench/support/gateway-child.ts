// The compiled gateway in a process of its own: started on a policy, scraped, stopped, its decision log read as operators read it.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startCommand, type Child } from './child.ts';
import { parseMetrics, type MetricsPage } from './metrics-text.ts';

const START_MS = 60_000;
const LOG_MS = 300_000;
const LOOK_EVERY_MS = 20;

export interface GatewayChild {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly dataDir: string;
  metrics(): Promise<MetricsPage>;
  /** SIGTERM; the exit code (null: killed), how long it took, and the last lines that it printed. */
  stop(): Promise<{ readonly code: number | null; readonly drainMs: number; readonly printed: string }>;
  /** Every decision of the log, in order; after `stop`. */
  log(see: (record: unknown) => void): Promise<void>;
  /** Takes policy and data directory away. */
  remove(): void;
}

export interface GatewayChildOptions {
  /** Node's own flags; by default none. */
  readonly nodeFlags?: readonly string[];
  /** The file that is the `sluice` command. */
  readonly sluice: string;
  readonly policy: string;
  readonly env?: Readonly<Record<string, string>>;
  /** How a command is kept to a core; by default not at all. */
  readonly pinned?: (command: readonly string[]) => readonly string[];
}

export async function startGatewayChild(options: GatewayChildOptions): Promise<GatewayChild> {
  const pinned = options.pinned ?? ((command) => command);
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const dataDir = join(folder, 'data');
  const policyFile = join(folder, 'policy.yaml');
  mkdirSync(dataDir);
  writeFileSync(policyFile, options.policy);
  const serve = ['serve', '--policy', policyFile, '--host', '127.0.0.1', '--port', '0', '--data-dir', dataDir];
  const child = startCommand(pinned([process.execPath, ...(options.nodeFlags ?? []), options.sluice, ...serve]), {
    SLUICE_SEED: '1',
    SLUICE_LOG_LEVEL: 'warn',
    ...options.env,
  });
  // After the listener of the first child, which kills what still writes here.
  process.once('exit', remove);
  const url = await child.line((line) => /\bon (http:\/\/127\.0\.0\.1:\d+)$/.exec(line)?.[1], START_MS);
  await untilReady(url, child);
  return {
    url,
    port: Number(new URL(url).port),
    pid: child.process.pid ?? 0,
    dataDir,
    metrics: async () => {
      const response = await fetch(`${url}/metrics`);
      if (!response.ok) throw new Error(`/metrics answered ${response.status}`);
      return parseMetrics(await response.text());
    },
    stop: async () => {
      const from = performance.now();
      child.process.kill('SIGTERM');
      const code = await child.exited;
      return { code, drainMs: performance.now() - from, printed: child.tail() };
    },
    log: (see) => readLog(options.sluice, dataDir, see),
    remove,
  };
}

async function untilReady(url: string, child: Child): Promise<void> {
  const deadline = performance.now() + START_MS;
  while (!(await isReady(url))) {
    if (performance.now() > deadline || child.process.exitCode !== null)
      throw new Error(`the gateway does not get ready\n${child.tail()}`);
    await sleep(LOOK_EVERY_MS);
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/readyz`);
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

async function readLog(sluice: string, dataDir: string, see: (record: unknown) => void): Promise<void> {
  const child = startCommand([process.execPath, sluice, 'log', '--json', '--data-dir', dataDir]);
  const late = setTimeout(() => child.process.kill('SIGKILL'), LOG_MS);
  child.onLine((line) => {
    if (line.startsWith('{')) see(JSON.parse(line));
  });
  const code = await child.exited;
  clearTimeout(late);
  if (code !== 0) throw new Error(`sluice log exited with ${code}\n${child.tail()}`);
}
