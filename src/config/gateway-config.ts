// Command line and environment -> one frozen GatewayConfig.
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { configErrors } from './errors.ts';

export interface GatewayConfig {
  readonly policyPath: string;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** The home of decisions, feedback and what was learnt. */
  readonly store: StoreChoice;
  /** Where LMDB keeps them. */
  readonly dataDir: string;
  /** Holds a password: never to be shown. undefined: the Redis on this machine. */
  readonly redisUrl: string | undefined;
  /** Parts deployments that share a Redis. */
  readonly redisPrefix: string;
  /** The wordpiece table to read texts with; undefined: the one that comes with Sluice. */
  readonly tablePath: string | undefined;
  /** How much of the decision log is kept. */
  readonly retention: { readonly maxAgeMs: number; readonly maxBytes: number };
  /** The caller's last message is kept with the decision. */
  readonly logText: boolean;
  readonly logLevel: string;
  readonly bodyLimitBytes: number;
  /** Of every random choice; printed at the start. */
  readonly seed: number;
  /** How long answers under way are waited for on shutdown. */
  readonly drainMs: number;
  /** Processes that serve; 1: this one alone. */
  readonly workers: number;
}

const STORES = ['lmdb', 'memory', 'redis'] as const;
export type StoreChoice = (typeof STORES)[number];

export interface Flags {
  readonly policy?: string;
  readonly host?: string;
  readonly port?: string;
  readonly dataDir?: string;
  readonly workers?: string;
  readonly store?: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Absolute; the same for the gateway and for whoever reads its records. */
export function dataDirOf(flags: Flags, env: Environment): string {
  return resolve(flags.dataDir ?? env['SLUICE_DATA_DIR'] ?? 'data');
}

/** The same for the gateway and for whoever reads its records. Throws configErrors.invalid. */
export function storeOf(flags: Pick<Flags, 'store'>, env: Environment): StoreChoice {
  const text = flags.store ?? env['SLUICE_STORE'] ?? 'lmdb';
  const found = STORES.find((kind) => kind === text);
  if (found === undefined)
    throw configErrors.invalid('--store', `expected one of ${STORES.join(', ')}, found "${text}"`);
  return found;
}

/** A secret, hence of the environment alone. */
export function redisUrlOf(env: Environment): string | undefined {
  const url = env['SLUICE_REDIS_URL'];
  return url === '' ? undefined : url;
}

export function redisPrefixOf(env: Environment): string {
  return env['SLUICE_REDIS_PREFIX'] ?? 'sluice';
}

const DAY_MS = 24 * 3_600_000;
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** Absolute; the same for the gateway and for commands that read texts as it does. */
export function tablePathOf(env: Environment): string | undefined {
  const path = env['SLUICE_TABLE'];
  return path === undefined || path === '' ? undefined : resolve(path);
}

/** Flags win over the environment, the environment over defaults. `fallbackSeed` is used when no seed is given. Throws configErrors.invalid. */
export function readConfig(flags: Flags, env: Environment, fallbackSeed: number): GatewayConfig {
  const logLevel = env['SLUICE_LOG_LEVEL'] ?? 'info';
  if (!LOG_LEVELS.includes(logLevel)) {
    throw configErrors.invalid('SLUICE_LOG_LEVEL', `expected one of ${LOG_LEVELS.join(', ')}, found "${logLevel}"`);
  }
  const whole = (name: string, text: string, low: number, high: number): number => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isInteger(value) && value >= low && value <= high) return value;
    throw configErrors.invalid(name, `expected a whole number from ${low} to ${high}, found "${text}"`);
  };
  const yesNo = (name: string, text: string): boolean => {
    if (text === '1' || text === '0') return text === '1';
    throw configErrors.invalid(name, `expected 1 or 0, found "${text}"`);
  };
  const workers = workersOf(flags.workers ?? env['SLUICE_WORKERS'] ?? '1', whole);
  const store = storeOf(flags, env);
  if (workers > 1 && store === 'memory') {
    throw configErrors.invalid('--workers', `expected 1 with the store in memory, found "${workers}"`);
  }
  return Object.freeze({
    policyPath: resolve(flags.policy ?? env['SLUICE_POLICY'] ?? 'policies/default.yaml'),
    host: flags.host ?? env['SLUICE_HOST'] ?? '127.0.0.1',
    port: whole('--port', flags.port ?? env['SLUICE_PORT'] ?? '8080', 0, 65_535),
    store,
    dataDir: dataDirOf(flags, env),
    redisUrl: redisUrlOf(env),
    redisPrefix: redisPrefixOf(env),
    tablePath: tablePathOf(env),
    retention: Object.freeze({
      maxAgeMs: whole('SLUICE_RETENTION_DAYS', env['SLUICE_RETENTION_DAYS'] ?? '30', 1, 36_500) * DAY_MS,
      maxBytes: whole('SLUICE_RETENTION_MIB', env['SLUICE_RETENTION_MIB'] ?? '1024', 1, 1_000_000) * 2 ** 20,
    }),
    logText: yesNo('SLUICE_LOG_TEXT', env['SLUICE_LOG_TEXT'] ?? '0'),
    logLevel,
    bodyLimitBytes: whole('SLUICE_BODY_LIMIT_MIB', env['SLUICE_BODY_LIMIT_MIB'] ?? '16', 1, 1024) * 1024 * 1024,
    seed: whole('SLUICE_SEED', env['SLUICE_SEED'] ?? String(fallbackSeed), 0, 0xffff_ffff),
    drainMs: whole('SLUICE_DRAIN_SECONDS', env['SLUICE_DRAIN_SECONDS'] ?? '30', 0, 3600) * 1000,
    workers,
  });
}

/** "auto" and 0: one for each core that this process may use. */
function workersOf(text: string, whole: (name: string, text: string, low: number, high: number) => number): number {
  const count = text === 'auto' ? 0 : whole('--workers', text, 0, 256);
  return count === 0 ? availableParallelism() : count;
}
