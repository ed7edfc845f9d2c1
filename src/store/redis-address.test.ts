// URLs taken apart, and nothing of a password in what is said about them.
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parseRedisUrl, withoutSecrets } from './redis-address.ts';

const plain = { port: 6379, database: 0, username: undefined, password: undefined, tls: undefined };

describe('parseRedisUrl', () => {
  it.each([
    ['redis://cache', { ...plain, name: 'cache:6379', host: 'cache' }],
    ['redis://cache:7000/3', { ...plain, name: 'cache:7000', host: 'cache', port: 7000, database: 3 }],
    ['redis://:p%40ss@cache/', { ...plain, name: 'cache:6379', host: 'cache', password: 'p@ss' }],
    ['redis://me:pw@[::1]:1', { ...plain, name: '[::1]:1', host: '::1', port: 1, username: 'me', password: 'pw' }],
    ['rediss://cache', { ...plain, name: 'cache:6379', host: 'cache', tls: { servername: 'cache' } }],
    ['rediss://127.0.0.1', { ...plain, name: '127.0.0.1:6379', host: '127.0.0.1', tls: {} }],
  ])('reads %s', (url, expected) => {
    expect(parseRedisUrl(url)).toEqual(expected);
  });

  it.each([
    'hunter2',
    'redis://:hunter2@',
    'redis://:hunter2@cache:port',
    'http://:hunter2@cache',
    'redis://:hunter2@cache/hunter2',
    'redis://:hunter2@cache?password=hunter2',
    'redis://:hunter2%@cache',
  ])('refuses %s with a code and no word of the password', (url) => {
    let error: unknown;
    try {
      parseRedisUrl(url);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: 'SLUICE_STORE_OPEN' });
    const said = inspect(error, { depth: Infinity, showHidden: true });
    expect(said).toContain('expected redis[s]://');
    expect(said).not.toContain('hunter2');
  });
});

describe('withoutSecrets', () => {
  it('keeps the message alone, without the password', () => {
    const error = Object.assign(new Error('unknown command AUTH, beginning with hunter2'), { args: ['hunter2'] });
    const clean = withoutSecrets(error, parseRedisUrl('redis://:hunter2@cache'));
    expect(clean.message).toBe('unknown command AUTH, beginning with ***');
    expect(inspect(clean, { showHidden: true })).not.toContain('hunter2');
  });
});
