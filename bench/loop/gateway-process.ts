// Starts the gateway as its own process on a policy of one pool a model, stops it, and reads its decision log.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { stringify } from 'yaml';
import { startChild } from '../support/child.ts';
import type { Arm, LogRecord } from './types.ts';

const SLUICE = join('src', 'cli', 'sluice.mjs');
const START_MS = 60_000;
const LOG_MS = 120_000;
const CONTEXT_WINDOW = 131_072;

export interface GatewayProcess {
  readonly url: string;
  /** SIGTERM; the exit code (null: killed), how long it took, and what it printed. */
  stop(): Promise<{ readonly code: number | null; readonly drainMs: number; readonly printed: string }>;
}

export function policyText(arms: readonly Arm[], urls: ReadonlyMap<string, string>, costWeight: number): string {
  const pools = arms.map(({ model, pool, inputPerMTok, outputPerMTok }) => {
    const endpoint = urls.get(model);
    if (endpoint === undefined) throw new Error(`no simulated server for ${model}`);
    const price = { inputPerMTok, outputPerMTok };
    return [pool, { model, endpoints: [endpoint], price, contextWindow: CONTEXT_WINDOW }] as const;
  });
  return stringify({
    version: 1,
    pools: Object.fromEntries(pools),
    aliases: { auto: 'learn' },
    routes: [{ name: 'learn', candidates: arms.map((arm) => arm.pool), strategy: { kind: 'bandit', costWeight } }],
  });
}

export async function startGateway(directory: string, policy: string, seed: number): Promise<GatewayProcess> {
  const policyFile = join(directory, 'policy.yaml');
  writeFileSync(policyFile, policy);
  const child = startChild(
    [
      SLUICE,
      'serve',
      '--policy',
      policyFile,
      '--host',
      '127.0.0.1',
      '--port',
      '0',
      '--data-dir',
      join(directory, 'data'),
    ],
    { SLUICE_SEED: String(seed), SLUICE_LOG_LEVEL: 'warn' },
  );
  const url = await child.line((line) => / on (http:\/\/\S+)$/.exec(line)?.[1], START_MS);
  const deadline = Date.now() + START_MS;
  while (!(await isReady(url))) {
    if (Date.now() > deadline) throw new Error(`the gateway does not get ready\n${child.tail()}`);
    await sleep(50);
  }
  return {
    url,
    stop: async () => {
      const from = performance.now();
      child.process.kill('SIGTERM');
      const code = await child.exited;
      return { code, drainMs: performance.now() - from, printed: child.tail() };
    },
  };
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

const recordShape = Compile(
  Type.Object({
    id: Type.String(),
    contextFingerprint: Type.String(),
    outcome: Type.Union([
      Type.Null(),
      Type.Object({
        finish: Type.String(),
        answeredBy: Type.Optional(Type.String()),
        attempts: Type.Array(Type.Unknown()),
        costUsd: Type.Number(),
        overheadMs: Type.Number(),
      }),
    ]),
    feedback: Type.Union([
      Type.Null(),
      Type.Object({
        entries: Type.Array(Type.Object({ score: Type.Number() })),
        learned: Type.Optional(Type.Number()),
      }),
    ]),
  }),
);

/** What `sluice log` prints of the directory, as an operator would read it. */
export async function readLog(directory: string): Promise<readonly LogRecord[]> {
  const records: LogRecord[] = [];
  const child = startChild([SLUICE, 'log', '--json', '--data-dir', join(directory, 'data')]);
  const late = setTimeout(() => child.process.kill('SIGKILL'), LOG_MS);
  child.onLine((line) => {
    if (line.startsWith('{')) records.push(recordShape.Parse(JSON.parse(line)));
  });
  const code = await child.exited;
  clearTimeout(late);
  if (code !== 0) throw new Error(`sluice log exited with ${code}\n${child.tail()}`);
  return records;
}
