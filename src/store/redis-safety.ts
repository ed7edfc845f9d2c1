// What a Redis is configured to lose, found out when it is opened: better told then than noticed later.
import { writeCall } from './redis-layout.ts';
import type { RedisLine } from './redis-line.ts';

export interface SafetyReport {
  /** Why this Redis must not be used. */
  readonly refusals: readonly string[];
  /** What it may lose that was acknowledged. */
  readonly warnings: readonly string[];
}

/** Asks the server, and tries out that it lets Sluice run its script on its keys. Rejects with the reason when it does not. */
export async function inspectRedis(line: RedisLine, prefix: string): Promise<SafetyReport> {
  const [info, appendfsync] = await Promise.all([
    line.send(0, (client) => client.info()).catch(() => undefined),
    line.send(0, (client) => client.config('GET', 'appendfsync')).catch(() => undefined),
  ]);
  const { keys, args } = writeCall(prefix, [], [`probe\u0000-`]);
  await line.send(0, (client) => client.sluiceWrite(keys.length, keys, args));
  return judgeRedis(info, Array.isArray(appendfsync) ? String(appendfsync[1]) : undefined);
}

/** `info` is the answer to INFO, `appendfsync` that to CONFIG GET; undefined where the server (a managed one, an ACL) does not tell. */
export function judgeRedis(info: string | undefined, appendfsync: string | undefined): SafetyReport {
  if (info === undefined) {
    return { refusals: [], warnings: ['it refuses INFO, so Sluice cannot see whether it keeps data over a restart'] };
  }
  const fields = new Map(info.split(/\r?\n/).map((line) => splitOnce(line)));
  const refusals: string[] = [];
  const warnings: string[] = [];
  if (fields.get('role') === 'slave') refusals.push("it is a read-only replica: give the primary's address");
  const policy = fields.get('maxmemory_policy') ?? '';
  // A volatile-* policy spares keys without an expiry, and Sluice's have none; without maxmemory nothing is evicted.
  if (policy.startsWith('allkeys') && fields.get('maxmemory') !== '0') {
    refusals.push(
      `maxmemory-policy ${policy} deletes data when memory is short: set noeviction, or give Sluice a Redis of its own`,
    );
  }
  if (fields.get('aof_enabled') === '0') {
    warnings.push(
      'appendonly is off: when it dies, what it acknowledged since its last snapshot is lost; set appendonly yes',
    );
  } else if (appendfsync === 'no') {
    warnings.push(
      'appendfsync is no: a power cut loses up to half a minute of what it acknowledged; set everysec or always',
    );
  }
  return { refusals, warnings };
}

function splitOnce(line: string): [name: string, value: string] {
  const colon = line.indexOf(':');
  return [line.slice(0, Math.max(colon, 0)), line.slice(colon + 1)];
}
