// One connection to Redis on which everything is sent in the order it was asked for, waits a bounded time and takes bounded memory.
import { Redis } from 'ioredis';
import { withoutSecrets, type RedisAddress } from './redis-address.ts';
import { redisScripts } from './redis-scripts.ts';

/**
 * Redis answers one connection's commands in order, so that a read sees every write sent before it, and many can be under way at once.
 */
export interface RedisLine {
  /**
   * Sends now, or as soon as there is a connection again. Rejects when Redis says no, does not answer in time (it may still do what it was
   * told), is not reachable for as long, or when too much waits already; the error's message is for people and holds no secret.
   */
  send<T>(bytes: number, run: (client: Redis) => Promise<T>): Promise<T>;
  /** Waits for what is under way, then hangs up. Nothing may be sent from then on. */
  close(): Promise<void>;
}

export interface RedisLineOptions {
  /** From the call to the answer. */
  readonly timeoutMs: number;
  /** Of what waits for a connection or an answer. */
  readonly maxWaitingBytes: number;
}

/** What a small command takes in this process, roughly, beside its bytes. */
const COMMAND_BYTES = 1_000;
const CLOSED = 'the connection was closed';
const LONGEST_RECONNECT_DELAY_MS = 1_000;

/** Rejects when there is no usable Redis at the address now. */
export async function openRedisLine(address: RedisAddress, options: RedisLineOptions): Promise<RedisLine> {
  let opened = false;
  let connected = false;
  /** The first thing that went wrong with the last attempt to connect: what follows is often only its echo. */
  let trouble: string | undefined;
  const client = createClient(address, options.timeoutMs, () => opened);
  const waiting = new Set<() => void>();
  const underWay = new Set<Promise<unknown>>();
  let waitingBytes = 0;

  client.on('connecting', () => {
    trouble = undefined;
  });
  client.on('error', (error) => {
    trouble ??= explain(withoutSecrets(error, address).message);
  });
  client.on('close', () => {
    connected = false;
  });
  client.on('ready', () => {
    opened = connected = true;
    for (const start of waiting) {
      if (!canSend()) return;
      waiting.delete(start);
      start();
    }
  });

  /** The stream may have ended already when its `close` is still to come: what is sent then would be lost. */
  function canSend(): boolean {
    return connected && client.stream.writable;
  }

  function failureOf(error: unknown): Error {
    // Any other error is ioredis saying, in words about its options, that the connection is gone.
    if (error instanceof Error && error.name === 'ReplyError') return withoutSecrets(error, address);
    return new Error(`the connection to Redis at ${address.name} broke before it answered`);
  }

  function send<T>(bytes: number, run: (client: Redis) => Promise<T>): Promise<T> {
    const size = bytes + COMMAND_BYTES;
    if (waitingBytes > 0 && waitingBytes + size > options.maxWaitingBytes) {
      return Promise.reject(new Error(`too much waits for Redis at ${address.name} (${waitingBytes} bytes)`));
    }
    waitingBytes += size;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        if (waiting.delete(start)) {
          waitingBytes -= size;
          reject(
            new Error(`Redis at ${address.name} was not reachable for ${options.timeoutMs} ms: ${trouble ?? CLOSED}`),
          );
        } else reject(new Error(`Redis at ${address.name} did not answer for ${options.timeoutMs} ms`));
      }, options.timeoutMs);
      const start = (): void => {
        const settle = (): void => {
          // Not when the timer fires: until the answer or the end of the connection, ioredis holds the command.
          waitingBytes -= size;
          clearTimeout(timer);
        };
        run(client).then(
          (answer) => {
            settle();
            resolve(answer);
          },
          (error: unknown) => {
            settle();
            reject(failureOf(error));
          },
        );
      };
      if (canSend()) start();
      else waiting.add(start);
    });
  }

  function tracked<T>(bytes: number, run: (client: Redis) => Promise<T>): Promise<T> {
    const sent = send(bytes, run);
    const forget = (): void => void underWay.delete(settled);
    const settled: Promise<void> = sent.then(forget, forget);
    underWay.add(settled);
    return sent;
  }

  async function close(): Promise<void> {
    await Promise.all(underWay);
    // Between two attempts there is no connection to end, and ioredis would never say `end`.
    const idle = client.status === 'reconnecting' || client.status === 'end';
    const ended = new Promise((resolve) => client.once('end', resolve));
    client.disconnect();
    if (!idle) await ended;
  }

  try {
    await client.connect();
  } catch {
    throw new Error(trouble ?? CLOSED);
  }
  // A database that cannot be selected leaves ioredis connected, to another database.
  if (trouble !== undefined) {
    await close();
    throw new Error(trouble);
  }
  return { send: tracked, close };
}

function createClient(address: RedisAddress, timeoutMs: number, mayRetry: () => boolean): Redis {
  const { host, port, database, username, password, tls } = address;
  return new Redis({
    host,
    port,
    db: database,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls === undefined ? {} : { tls }),
    lazyConnect: true,
    connectTimeout: timeoutMs,
    // A connection on which nothing comes back is given up, or what it holds would grow without bound.
    socketTimeout: timeoutMs,
    retryStrategy: (attempt) => (mayRetry() ? Math.min(25 * 2 ** attempt, LONGEST_RECONNECT_DELAY_MS) : null),
    // Whoever waits, waits here: ioredis's own queue has no bound, and it would send a commit again that may have been done.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    // After a failover the old primary still answers, as a replica: connecting again finds the new one.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
    // Nothing here needs version 3, and every server and proxy speaks 2.
    protocol: 2,
    scripts: redisScripts,
  });
}

/** Some of ioredis's messages are about its own options or code. */
function explain(message: string): string {
  if (message.includes('Please report this')) return 'what answers there is not Redis';
  if (message.startsWith('Socket timeout')) return 'the connection is accepted, but nothing answers';
  return message.includes('enableOfflineQueue') ? CLOSED : message;
}
