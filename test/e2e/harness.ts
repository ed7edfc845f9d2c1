// What the end-to-end tests stand on: a gateway on a free port with its own data directory, upstreams, raw requests, the decision log.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { readConfig } from '../../src/config/index.ts';
import { startGateway, type RunningGateway } from '../../src/root/index.ts';
import { startSimServer, type EngineProfile, type SimServer, type SimServerOptions } from '../../src/sim/index.ts';

/** Runs after the test, last come first. Not by a hook of this module: files share it, and only the first would get the hook. */
export function atEnd(cleanup: () => unknown): void {
  onTestFinished(async () => {
    await cleanup();
  });
}

/** Polls; fails with the name of what did not come true. The limit is for what never does: a busy machine may take its time. */
export async function until(what: string, condition: () => unknown, withinMs = 20_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await pause(2);
  }
}

export function tempDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-e2e-'));
  atEnd(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export interface PoolDraft {
  readonly model?: string;
  readonly endpoints: readonly (
    | string
    | { readonly url: string; readonly weight?: number; readonly maxConcurrency?: number }
  )[];
  readonly price?: {
    readonly inputPerMTok: number;
    readonly cachedInputPerMTok?: number;
    readonly outputPerMTok: number;
  };
  readonly contextWindow?: number;
  readonly apiKeyEnv?: string;
  readonly engine?: string;
  readonly pick?: string;
  readonly queue?: { readonly size?: number; readonly timeoutMs?: number };
  readonly healthCheck?: true | Readonly<Record<string, string | number>>;
  readonly timeouts?: { readonly connectMs: number };
}

/** JSON is YAML: a policy over these pools, with `auto` leading to one route over all of them unless `more` says otherwise. */
export function policyOver(pools: Readonly<Record<string, PoolDraft>>, more: object = {}): string {
  const filled = Object.entries(pools).map(([name, pool]) => [
    name,
    { model: `m-${name}`, price: { inputPerMTok: 1, outputPerMTok: 2 }, contextWindow: 100_000, ...pool },
  ]);
  const routes = [{ name: 'main', candidates: Object.keys(pools) }];
  return JSON.stringify({
    version: 1,
    pools: Object.fromEntries(filled),
    aliases: { auto: 'main' },
    routes,
    ...more,
  });
}

export interface TestGateway extends Omit<RunningGateway, 'reload'> {
  readonly dataDir: string;
  readonly policyPath: string;
  /** Everything that was logged, one JSON object a line. */
  readonly log: readonly string[];
  reload(policy?: string): Promise<void>;
}

export async function gatewayOver(
  policy: string,
  options: {
    dataDir?: string;
    env?: Readonly<Record<string, string>>;
    logLevel?: string;
    arrivalMs?: number;
  } = {},
): Promise<TestGateway> {
  const directory = tempDirectory();
  const policyPath = join(directory, 'policy.yaml');
  writeFileSync(policyPath, policy);
  const dataDir = options.dataDir ?? join(directory, 'data');
  const env = { SLUICE_SEED: '7', SLUICE_DRAIN_SECONDS: '5', ...options.env };
  const config = readConfig({ policy: policyPath, port: '0', dataDir }, env, 0);
  const log: string[] = [];
  const logger = pino({ level: options.logLevel ?? 'debug' }, { write: (line: string) => void log.push(line) });
  const { arrivalMs } = options;
  const running = await startGateway(config, env, { logger, ...(arrivalMs === undefined ? {} : { arrivalMs }) });
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= running.close());
  atEnd(close);
  return {
    ...running,
    dataDir,
    policyPath,
    log,
    close,
    reload: async (next) => {
      if (next !== undefined) writeFileSync(policyPath, next);
      await running.reload();
    },
  };
}

/** Steps of 0 real ms unless `timeScale` says otherwise. */
export const FAST: EngineProfile = {
  wMs: 2,
  hMsPerSeq: 0,
  contextAtH: 2048,
  prefillMsPerToken: 0,
  kvTokens: 500_000,
  maxSeqs: 512,
  source: 'test',
};

export async function sim(model: string, options: Partial<SimServerOptions> = {}): Promise<SimServer> {
  const server = await startSimServer({ model, profile: FAST, seed: 1, timeScale: 0, ...options });
  atEnd(() => server.close());
  return server;
}

export interface Seen {
  readonly headers: IncomingHttpHeaders;
  readonly url: string;
  readonly body: Buffer;
  /** `performance.now()` when the connection was closed before the answer was whole. */
  releasedAt: number | undefined;
}

export interface Upstream {
  /** Base URL for a policy. */
  readonly url: string;
  readonly seen: readonly Seen[];
  /** Takes the place of the first handler. */
  answer(handler: Handler): void;
  close(): Promise<void>;
}

export type Handler = (response: ServerResponse, seen: Seen) => void;

/** A model server that does what the test says, good or bad. */
export async function upstream(handler: Handler): Promise<Upstream> {
  const seen: Seen[] = [];
  let current = handler;
  const server = createServer((request, response) => {
    void bytesOf(request).then((body) => {
      const entry: Seen = { headers: request.headers, url: request.url ?? '', body, releasedAt: undefined };
      response.on('close', () => {
        if (!response.writableFinished) entry.releasedAt = performance.now();
      });
      seen.push(entry);
      current(response, entry);
    });
  });
  const port = await listen(server);
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  atEnd(close);
  return { url: `http://127.0.0.1:${port}/v1`, seen, close, answer: (next) => void (current = next) };
}

export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** A base URL where nothing listens, and nothing will: a port that was given back would be given to another test. */
export async function deadUrl(): Promise<string> {
  return 'http://127.0.0.1:1/v1';
}

export async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of every shape
  json(): any;
}

export type Body = string | Buffer | object;

/** The bytes of an answer, over a connection of its own. */
export function send(
  url: string,
  options: { method?: string; headers?: Record<string, string | string[]>; body?: Body } = {},
): Promise<Answer> {
  const { method = options.body === undefined ? 'GET' : 'POST', headers = {}, body } = options;
  const bytes =
    body === undefined || Buffer.isBuffer(body) || typeof body === 'string' ? body : Buffer.from(JSON.stringify(body));
  return new Promise((resolve, reject) => {
    const json = bytes === undefined ? {} : { 'content-type': 'application/json' };
    const request = httpRequest(url, { method, headers: { ...json, ...headers }, agent: false });
    request.on('response', (response) => {
      bytesOf(response).then(
        (all) =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            bytes: all,
            text: all.toString('utf8'),
            json: () => JSON.parse(all.toString('utf8')) as unknown,
          }),
        reject,
      );
    });
    request.on('error', reject);
    request.end(bytes);
  });
}

export const user = (content: string): { role: 'user'; content: string }[] => [{ role: 'user', content }];

export function chat(
  gateway: { url: string },
  body: object = {},
  headers: Record<string, string> = {},
): Promise<Answer> {
  return send(`${gateway.url}/v1/chat/completions`, {
    headers,
    body: { model: 'auto', messages: user('Hi'), ...body },
  });
}

/** Any call below `/v1` that asks a model. */
export function call(
  gateway: { url: string },
  path: string,
  body: object,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return send(`${gateway.url}/v1/${path}`, { headers, body: { model: 'auto', ...body } });
}

export function sendFeedback(gateway: { url: string }, body: object, key?: string): Promise<Answer> {
  return send(`${gateway.url}/v1/feedback`, { headers: key === undefined ? {} : { 'idempotency-key': key }, body });
}

export function idOf(answer: Answer): string {
  return String(answer.headers['x-sluice-decision-id']);
}

/** One sample of the metrics page; 0 when it is not there. `labels` in the order of the page. */
export async function metric(gateway: { url: string }, name: string): Promise<number> {
  const page = (await send(`${gateway.url}/metrics`)).text;
  return page
    .split('\n')
    .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
    .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' '))), 0);
}
