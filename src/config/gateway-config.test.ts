// Flags and environment: who wins, what the defaults are, and what is refused with its name.
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from './gateway-config.ts';

describe('readConfig', () => {
  it('has defaults, and a fallback seed', () => {
    expect(readConfig({}, {}, 9)).toEqual({
      policyPath: resolve('policies/default.yaml'),
      host: '127.0.0.1',
      port: 8080,
      store: 'lmdb',
      dataDir: resolve('data'),
      redisUrl: undefined,
      redisPrefix: 'sluice',
      tablePath: undefined,
      retention: { maxAgeMs: 30 * 24 * 3_600_000, maxBytes: 2 ** 30 },
      logText: false,
      logLevel: 'info',
      bodyLimitBytes: 16 * 1024 * 1024,
      seed: 9,
      drainMs: 30_000,
      workers: 1,
    });
  });

  it.each([
    ['SLUICE_POLICY', 'p.yaml', { policyPath: resolve('p.yaml') }],
    ['SLUICE_HOST', '::1', { host: '::1' }],
    ['SLUICE_PORT', '0', { port: 0 }],
    ['SLUICE_DATA_DIR', 'd', { dataDir: resolve('d') }],
    ['SLUICE_STORE', 'redis', { store: 'redis' }],
    ['SLUICE_REDIS_URL', 'redis://r', { redisUrl: 'redis://r' }],
    ['SLUICE_REDIS_PREFIX', 'blue', { redisPrefix: 'blue' }],
    ['SLUICE_TABLE', 'own.bin', { tablePath: resolve('own.bin') }],
    ['SLUICE_TABLE', '', { tablePath: undefined }],
    ['SLUICE_RETENTION_DAYS', '1', { retention: { maxAgeMs: 24 * 3_600_000, maxBytes: 2 ** 30 } }],
    ['SLUICE_RETENTION_MIB', '2', { retention: { maxAgeMs: 30 * 24 * 3_600_000, maxBytes: 2 ** 21 } }],
    ['SLUICE_LOG_TEXT', '1', { logText: true }],
    ['SLUICE_LOG_LEVEL', 'trace', { logLevel: 'trace' }],
    ['SLUICE_BODY_LIMIT_MIB', '1', { bodyLimitBytes: 1024 * 1024 }],
    ['SLUICE_SEED', '4294967295', { seed: 4_294_967_295 }],
    ['SLUICE_DRAIN_SECONDS', '0', { drainMs: 0 }],
    ['SLUICE_WORKERS', '4', { workers: 4 }],
    ['SLUICE_WORKERS', '0', { workers: availableParallelism() }],
    ['SLUICE_WORKERS', 'auto', { workers: availableParallelism() }],
  ])('takes %s from the environment', (name, value, expected) => {
    expect(readConfig({}, { [name]: value }, 0)).toMatchObject(expected);
  });

  it('lets flags win over the environment', () => {
    const env = {
      SLUICE_POLICY: 'e',
      SLUICE_HOST: 'e',
      SLUICE_PORT: '1',
      SLUICE_DATA_DIR: 'e',
      SLUICE_STORE: 'e',
      SLUICE_WORKERS: '2',
    };
    const flags = { policy: 'f', host: 'f', port: '2', dataDir: 'f', store: 'redis', workers: '3' };
    expect(readConfig(flags, env, 0)).toMatchObject({
      policyPath: resolve('f'),
      host: 'f',
      port: 2,
      dataDir: resolve('f'),
      workers: 3,
      store: 'redis',
    });
  });

  it.each([
    ['SLUICE_PORT', '65536', '--port'],
    ['SLUICE_PORT', '', '--port'],
    ['SLUICE_PORT', '80.5', '--port'],
    ['SLUICE_PORT', 'http', '--port'],
    ['SLUICE_STORE', 'postgres', '--store'],
    ['SLUICE_RETENTION_DAYS', '0', 'SLUICE_RETENTION_DAYS'],
    ['SLUICE_RETENTION_MIB', '0.5', 'SLUICE_RETENTION_MIB'],
    ['SLUICE_LOG_TEXT', 'yes', 'SLUICE_LOG_TEXT'],
    ['SLUICE_LOG_LEVEL', 'loud', 'SLUICE_LOG_LEVEL'],
    ['SLUICE_BODY_LIMIT_MIB', '0', 'SLUICE_BODY_LIMIT_MIB'],
    ['SLUICE_SEED', '-1', 'SLUICE_SEED'],
    ['SLUICE_DRAIN_SECONDS', '3601', 'SLUICE_DRAIN_SECONDS'],
    ['SLUICE_WORKERS', '257', '--workers'],
    ['SLUICE_WORKERS', 'all', '--workers'],
  ])('refuses %s=%j and names it', (name, value, named) => {
    expect(() => readConfig({}, { [name]: value }, 0)).toThrow(
      new RegExp(`^${named}: expected .*, found "${value}"$`, 'u'),
    );
  });
});
