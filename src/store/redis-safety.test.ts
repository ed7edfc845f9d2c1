// Which settings of a Redis are refused and which are warned of.
import { describe, expect, it } from 'vitest';
import { judgeRedis } from './redis-safety.ts';

const GOOD = { role: 'master', maxmemory: '0', maxmemory_policy: 'noeviction', aof_enabled: '1' };
const infoOf = (fields: Partial<typeof GOOD>): string =>
  `# Server\r\n${Object.entries({ ...GOOD, ...fields })
    .map(([name, value]) => `${name}:${value}`)
    .join('\r\n')}\r\n`;

describe('judgeRedis', () => {
  it.each<[string, Partial<typeof GOOD>, string | undefined]>([
    ['a server with an append-only file', {}, 'everysec'],
    ['one that does not tell its appendfsync', {}, undefined],
    ['one that evicts keys with an expiry only', { maxmemory: '1000', maxmemory_policy: 'volatile-lru' }, 'always'],
    ['an evicting policy without a limit', { maxmemory_policy: 'allkeys-lru' }, 'always'],
  ])('has nothing against %s', (_name, fields, appendfsync) => {
    expect(judgeRedis(infoOf(fields), appendfsync)).toEqual({ refusals: [], warnings: [] });
  });

  it.each<[string, Partial<typeof GOOD>, string]>([
    ['a replica', { role: 'slave' }, 'read-only replica'],
    ['one that evicts', { maxmemory: '1000', maxmemory_policy: 'allkeys-lfu' }, 'allkeys-lfu'],
  ])('refuses %s', (_name, fields, word) => {
    const { refusals, warnings } = judgeRedis(infoOf(fields), 'always');
    expect(refusals.join('|')).toContain(word);
    expect(refusals).toHaveLength(1);
    expect(warnings).toEqual([]);
  });

  it.each<[string, string | undefined, string | undefined, string]>([
    ['no append-only file', infoOf({ aof_enabled: '0' }), 'everysec', 'appendonly is off'],
    ['a file that is never synced', infoOf({}), 'no', 'appendfsync is no'],
    ['a server that tells nothing', undefined, undefined, 'refuses INFO'],
  ])('warns of %s', (_name, info, appendfsync, word) => {
    const { refusals, warnings } = judgeRedis(info, appendfsync);
    expect(refusals).toEqual([]);
    expect(warnings.join('|')).toContain(word);
    expect(warnings).toHaveLength(1);
  });
});
