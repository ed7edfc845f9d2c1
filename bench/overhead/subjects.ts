// Starts what is measured, each in a process of its own, and times how long it takes to be ready.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startCommand, type Child } from '../support/child.ts';
import { SLUICE_OF_CHECKOUT, type Built } from './build.ts';
import { which, type Pinning } from './machine.ts';
import { prepareNginx } from './nginx.ts';
import { fixedPolicy, fullPolicy } from './policies.ts';
import type { SubjectName } from './types.ts';

const START_MS = 60_000;
const STOP_MS = 20_000;
const LOOK_EVERY_MS = 2;

export interface Subject {
  readonly name: SubjectName;
  readonly port: number;
  /** undefined: direct, the upstream without anything before it. */
  readonly pid: number | undefined;
  /** From starting the process to its being ready. */
  readonly readyMs: number;
  stop(): Promise<void>;
}

export interface Workshop {
  readonly built: Built;
  readonly pinning: Pinning;
  readonly upstreamPort: number;
}

export interface SluiceOptions {
  readonly fromCheckout?: boolean;
  /** For node itself, before the script. */
  readonly nodeArgs?: readonly string[];
}

export async function startSubject(name: SubjectName, shop: Workshop, options: SluiceOptions = {}): Promise<Subject> {
  const from = performance.now();
  switch (name) {
    case 'direct':
      return { name, port: shop.upstreamPort, pid: undefined, readyMs: 0, stop: async () => undefined };
    case 'bare': {
      const child = start(shop, [process.execPath, shop.built.helper('bare'), urlOf(shop.upstreamPort)]);
      const port = await child.line(portOf, START_MS);
      return subjectOf(name, child, port, from, () => undefined);
    }
    case 'nginx':
      return startNginx(shop);
    case 'fixed':
    case 'unlaned':
    case 'full':
      return startSluice(name, shop, options);
  }
}

async function startSluice(
  name: 'fixed' | 'unlaned' | 'full',
  shop: Workshop,
  options: SluiceOptions,
): Promise<Subject> {
  const folder = join(shop.built.directory, `run-${name}${options.fromCheckout === true ? '-checkout' : ''}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const policy = join(folder, 'policy.yaml');
  const upstream = urlOf(shop.upstreamPort);
  writeFileSync(policy, name === 'full' ? fullPolicy(upstream) : fixedPolicy(upstream));
  const script = options.fromCheckout === true ? SLUICE_OF_CHECKOUT : shop.built.sluice;
  const serve = ['serve', '--policy', policy, '--host', '127.0.0.1', '--port', '0', '--data-dir', join(folder, 'data')];
  const from = performance.now();
  const child = start(shop, [process.execPath, ...(options.nodeArgs ?? []), script, ...serve], {
    SLUICE_SEED: '1',
    SLUICE_LOG_LEVEL: 'warn',
  });
  const port = await child.line(portOf, START_MS);
  await untilReady(() => answersReady(port), child);
  return subjectOf(name, child, port, from, () => rmSync(folder, { recursive: true, force: true }));
}

async function startNginx(shop: Workshop): Promise<Subject> {
  const nginx = which('nginx');
  if (nginx === undefined) throw new Error('nginx is not installed');
  const folder = join(shop.built.directory, 'nginx');
  const { command, port } = await prepareNginx(nginx, folder, shop.upstreamPort);
  const from = performance.now();
  const child = start(shop, command);
  await untilReady(() => accepts(port), child);
  return subjectOf('nginx', child, port, from, () => undefined);
}

function start(shop: Workshop, command: readonly string[], env: Readonly<Record<string, string>> = {}): Child {
  return startCommand(shop.pinning.command('subject', command), env);
}

function subjectOf(name: SubjectName, child: Child, port: number, from: number, tidy: () => void): Subject {
  return {
    name,
    port,
    pid: child.process.pid,
    readyMs: performance.now() - from,
    stop: async () => {
      const late = setTimeout(() => child.process.kill('SIGKILL'), STOP_MS);
      child.process.kill('SIGTERM');
      await child.exited;
      clearTimeout(late);
      tidy();
    },
  };
}

async function untilReady(ready: () => Promise<boolean>, child: Child): Promise<void> {
  const deadline = performance.now() + START_MS;
  while (!(await ready())) {
    if (performance.now() > deadline || child.process.exitCode !== null)
      throw new Error(`a subject does not get ready\n${child.tail()}`);
    await sleep(LOOK_EVERY_MS);
  }
}

function urlOf(port: number): string {
  return `http://127.0.0.1:${port}`;
}

/** Of a line that ends in ` on http://HOST:PORT`, as all of ours print it. */
export function portOf(line: string): number | undefined {
  const port = /\bon http:\/\/127\.0\.0\.1:(\d+)$/.exec(line)?.[1];
  return port === undefined ? undefined : Number(port);
}

function answersReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ port, host: '127.0.0.1', path: '/readyz', agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once('error', () => resolve(false));
  });
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
