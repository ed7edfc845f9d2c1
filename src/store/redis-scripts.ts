// The scripts that run inside Redis: all rows or none, a page with its values, and one with their sizes, each in one round trip.
import type { Result } from 'ioredis';

/**
 * KEYS: for each collection its hash of rows and its sorted set of keys. ARGV: how many keys must not exist, for each its
 * position in KEYS and itself, then for each row its position (negative: remove), key and value. Returns 0 when such a key exists and nothing
 * was written.
 *
 * Redis undoes nothing when a script fails halfway. What can fail is therefore tried before the first write: a key of another type here; no
 * memory left, a read-only replica and a failing disk by Redis itself. An append-only file holds a script's effects as one transaction.
 */
const WRITE = `
for i = 1, #KEYS, 2 do
  redis.call('HLEN', KEYS[i])
  redis.call('ZCARD', KEYS[i + 1])
end
local rows = 2 + 2 * tonumber(ARGV[1])
for i = 2, rows - 1, 2 do
  if redis.call('HEXISTS', KEYS[tonumber(ARGV[i])], ARGV[i + 1]) == 1 then return 0 end
end
for i = rows, #ARGV, 3 do
  local at, key = tonumber(ARGV[i]), ARGV[i + 1]
  if at < 0 then
    redis.call('HDEL', KEYS[-at], key)
    redis.call('ZREM', KEYS[-at + 1], key)
  elseif redis.call('HSET', KEYS[at], key, ARGV[i + 2]) == 1 then
    redis.call('ZADD', KEYS[at + 1], 0, key)
  end
end
return 1
`;

/** KEYS: rows, keys. ARGV: the command, its two bounds, the limit. Returns the keys and their values, or nothing. */
const PAGE = `
local keys = redis.call(ARGV[1], KEYS[2], ARGV[2], ARGV[3], 'LIMIT', 0, ARGV[4])
if #keys == 0 then return {} end
return { keys, redis.call('HMGET', KEYS[1], unpack(keys)) }
`;

/** As PAGE, with the values' lengths. */
const SIZES = `
local keys = redis.call(ARGV[1], KEYS[2], ARGV[2], ARGV[3], 'LIMIT', 0, ARGV[4])
local sizes = {}
for i, key in ipairs(keys) do sizes[i] = redis.call('HSTRLEN', KEYS[1], key) end
return { keys, sizes }
`;

type Arg = Buffer | string | number;

declare module 'ioredis' {
  // Merged with ioredis's own declaration: its name and its parameter's have to stay.
  interface RedisCommander<Context> {
    sluiceWrite(keyCount: number, keys: readonly Arg[], args: readonly Arg[]): Result<number, Context>;
    sluicePageBuffer(
      keyCount: number,
      keys: readonly Arg[],
      args: readonly Arg[],
    ): Result<readonly Buffer[][], Context>;
    sluiceSizesBuffer(
      keyCount: number,
      keys: readonly Arg[],
      args: readonly Arg[],
    ): Result<readonly [keys?: readonly Buffer[], sizes?: readonly number[]], Context>;
  }
}

/** ioredis sends a script's text once a connection and its hash from then on, both in their turn: order is kept. */
export const redisScripts = { sluiceWrite: { lua: WRITE }, sluicePage: { lua: PAGE }, sluiceSizes: { lua: SIZES } };
