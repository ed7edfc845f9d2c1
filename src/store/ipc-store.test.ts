// The home that another process owns: the contract over both a message channel and a real process, batching, and what happens when either end dies.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MessageChannel } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ByteStore } from './byte-store.ts';
import { describeStoreContract } from './contract.ts';
import { serveStore } from './ipc-host.ts';
import type { StoreAnswer, StoreLine, StoreRequest } from './ipc-messages.ts';
import { openIpcStore } from './ipc-store.ts';
import { openLmdbBytes } from './lmdb-store.ts';

describe('in one process, over a message channel', () => {
  let directory: string;
  let owned: ByteStore;
  const channels: MessageChannel[] = [];
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sluice-ipc-'));
    owned = openLmdbBytes({ directory: join(directory, 'store') });
  });
  afterEach(async () => {
    for (const { port1 } of channels.splice(0)) port1.close();
    await owned.close();
    rmSync(directory, { recursive: true, force: true });
  });

  function lineOverChannel(): StoreLine {
    const channel = new MessageChannel();
    channels.push(channel);
    const { port1: near, port2: far } = channel;
    far.on(
      'message',
      serveStore(owned, (answer) => far.postMessage(answer, [])),
    );
    return {
      send: (request) => near.postMessage(request, []),
      onAnswer: (listener) => void near.on('message', listener),
      onLost: (listener) => void near.on('close', listener),
    };
  }

  describeStoreContract('ipc over a channel', true, async () => openIpcStore({ line: lineOverChannel() }));

  it('lets exactly one of two users have a key, and each sees what the other has committed', async () => {
    const [one, other] = [openIpcStore({ line: lineOverChannel() }), openIpcStore({ line: lineOverChannel() })];
    const unless = { collection: 'ids', key: 'k' };
    const won = await Promise.all(
      Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? one : other).commit([{ ...unless, value: i }], unless)),
    );
    expect(won.filter(Boolean)).toHaveLength(1);
    for (const user of [one, other]) expect(await user.get('ids', 'k')).toBe(won.indexOf(true));
  });
});

describe('in a process of its own', () => {
  const base = mkdtempSync(join(tmpdir(), 'sluice-ipc-'));
  let places = 0;
  const nextPlace = (): string => join(base, `store-${++places}`);
  let owner: ChildProcess;
  beforeAll(async () => {
    owner = fork(join(import.meta.dirname, 'fixtures/ipc-owner.ts'), [nextPlace()], {
      execArgv: ['--import', 'tsx'],
      serialization: 'advanced',
    });
    await once(owner, 'message');
  });
  beforeEach(async () => {
    const place = nextPlace();
    const opened = once(owner, 'message');
    owner.send({ open: place });
    expect((await opened)[0]).toEqual({ opened: place });
  });
  afterEach(() => void owner.removeAllListeners('message').removeAllListeners('disconnect'));
  afterAll(async () => {
    const ended = once(owner, 'exit');
    if (owner.kill('SIGKILL')) await ended;
    rmSync(base, { recursive: true, force: true });
  });
  const line: StoreLine = {
    send: (request) => void owner.send(request),
    onAnswer: (listener) => void owner.on('message', listener),
    onLost: (listener) => void owner.on('disconnect', listener),
  };

  describeStoreContract('ipc to a child', true, async () => openIpcStore({ line }));

  // The last one: it takes the owner with it.
  it('rejects what is under way and what comes later when the owner dies, and says once that appends are lost', async () => {
    const failures: unknown[] = [];
    const store = openIpcStore({ line, onWriteError: (error) => failures.push(error) });
    expect(await store.commit([{ collection: 'log', key: 'a', value: 1 }])).toBe(true);
    owner.kill('SIGSTOP');
    const underWay = [store.get('log', 'a'), store.commit([{ collection: 'log', key: 'b', value: 1 }]), store.flush()];
    owner.kill('SIGKILL');
    const [read, write] = [{ code: 'SLUICE_STORE_READ' }, { code: 'SLUICE_STORE_WRITE' }];
    expect(await Promise.allSettled(underWay)).toMatchObject([{ reason: read }, { reason: write }, { reason: write }]);
    await expect(store.get('log', 'a')).rejects.toMatchObject(read);
    for (const key of ['c', 'd']) {
      store.append({ collection: 'log', key, value: 1 });
      await expect(store.flush()).rejects.toMatchObject(write);
    }
    expect(failures).toEqual([expect.objectContaining(write)]);
    await store.close();
  });
});

describe('what crosses', () => {
  function recordingLine() {
    const sent: StoreRequest[] = [];
    let answer: (message: StoreAnswer) => void = () => undefined;
    const line: StoreLine = {
      send: (request) => void sent.push(request),
      onAnswer: (listener) => void (answer = listener),
      onLost: () => undefined,
    };
    return { sent, line, answer: (message: StoreAnswer) => answer(message) };
  }

  it('appends cross as encoded bytes, those of one turn in one message; a request takes what has gathered along first', async () => {
    const { sent, line } = recordingLine();
    const store = openIpcStore({ line });
    for (const key of ['a', 'b']) store.append({ collection: 'log', key, value: { key } });
    await Promise.resolve();
    store.append({ collection: 'log', key: 'c', value: 3 });
    expect(sent).toEqual([]);
    await nextTurn();
    expect(sent).toMatchObject([{ op: 'append', writes: [{ place: 'log\0a' }, {}, { place: 'log\0c' }] }]);
    for (const request of sent) {
      for (const { bytes } of request.op === 'append' ? request.writes : []) expect(bytes).toBeInstanceOf(Uint8Array);
    }
    store.append({ collection: 'log', key: 'd', value: 4 });
    void store.get('log', 'd');
    expect(sent.slice(1)).toMatchObject([
      { op: 'append', writes: [{ place: 'log\0d' }] },
      { op: 'get', place: 'log\0d' },
    ]);
    await nextTurn();
    expect(sent).toHaveLength(3);
  });

  it('a large burst is cut into messages of about 1 MiB', () => {
    const { sent, line } = recordingLine();
    const store = openIpcStore({ line });
    for (let i = 0; i < 50; i++) store.append({ collection: 'log', key: `k${i}`, value: new Uint8Array(100_000) });
    expect(sent.map((request) => (request.op === 'append' ? request.writes.length : 0))).toEqual([11, 11, 11, 11]);
    void store.flush();
    expect(sent).toHaveLength(6);
  });

  it('the owner’s refusals keep their code and reason; lost appends go to onWriteError, once', async () => {
    const failures: unknown[] = [];
    const { line, answer } = recordingLine();
    const store = openIpcStore({ line, onWriteError: (error) => failures.push(error) });
    const refused = store.commit([{ collection: 'log', key: 'k', value: 1 }]);
    await Promise.resolve();
    answer({ kind: 'refused', id: 1, reason: 'disk full' });
    await expect(refused).rejects.toMatchObject({
      code: 'SLUICE_STORE_WRITE',
      message: 'the store could not write: disk full',
    });
    answer({ kind: 'lost', reason: 'disk full' });
    answer({ kind: 'lost', reason: 'disk full' });
    await Promise.resolve();
    expect(failures).toEqual([expect.objectContaining({ code: 'SLUICE_STORE_WRITE' })]);
  });
});
