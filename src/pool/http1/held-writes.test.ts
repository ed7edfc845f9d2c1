// Writes that wait for the end of the turn: all of them go out, in their order, and soon.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { releaseWrites, writeHeld } from './held-writes.ts';

interface Pair {
  readonly near: Socket;
  /** All that has come to the far end. */
  readonly text: () => string;
  readonly ended: Promise<unknown>;
}

async function pairs(count: number): Promise<Pair[]> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const all: Pair[] = [];
  for (let i = 0; i < count; i++) {
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const near = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const [far] = await accepted;
    onTestFinished(() => {
      near.destroy();
      far.destroy();
    });
    near.on('error', () => undefined);
    let text = '';
    far.setEncoding('latin1').on('data', (piece: string) => (text += piece));
    far.on('error', () => undefined);
    all.push({ near, text: () => text, ended: new Promise((resolve) => far.on('close', resolve)) });
  }
  return all;
}

const write = (socket: Socket, text: string): boolean => writeHeld(socket, text);

async function seen(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 1));
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a write', () => {
  it('is held until the end of the turn, and goes out with others in order', async () => {
    const [one, two] = (await pairs(2)) as [Pair, Pair];
    write(one.near, 'a');
    write(two.near, 'x');
    write(one.near, 'b');
    expect([one.near.writableLength, two.near.writableLength]).toEqual([2, 1]);
    await nextTurn();
    expect([one.near.writableCorked, two.near.writableCorked]).toEqual([0, 0]);
    write(one.near, 'c');
    await seen(() => one.text() === 'abc' && two.text() === 'x');
  });

  it('to the last of many sockets does not wait any longer, nor do the others', async () => {
    const all = await pairs(40);
    for (const [i, { near }] of all.entries()) write(near, String(i));
    expect(all.map(({ near }) => near.writableCorked)).toEqual(all.map((_, i) => (i < 32 ? 0 : 1)));
    await seen(() => all.every(({ text }, i) => text() === String(i)));
  });

  it('says when a socket has had enough', async () => {
    const [{ near, text }] = (await pairs(1)) as [Pair];
    expect(write(near, 'x')).toBe(true);
    expect(write(near, 'y'.repeat(1 << 20))).toBe(false);
    await seen(() => text().length === 1 + (1 << 20));
  });

  it.each([2, 40_000])('of a head and a body of %d bytes is both, in order', async (bytes) => {
    const [{ near, text }] = (await pairs(1)) as [Pair];
    writeHeld(near, 'head ', Buffer.alloc(bytes, 0xe9));
    await seen(() => text() === `head ${'\xe9'.repeat(bytes)}`);
  });

  it('goes out at once when the socket is given away', async () => {
    const [{ near, text }] = (await pairs(1)) as [Pair];
    write(near, 'x');
    releaseWrites(near);
    expect(near.writableCorked).toBe(0);
    await seen(() => text() === 'x');
  });

  it('is not lost when the socket ends in the same turn, and harms nobody when it is destroyed', async () => {
    const [ending, destroyed, other] = (await pairs(3)) as [Pair, Pair, Pair];
    write(ending.near, 'last words');
    ending.near.destroySoon();
    write(destroyed.near, 'x');
    destroyed.near.destroy();
    write(other.near, 'y');
    await Promise.all([ending.ended, destroyed.ended, seen(() => other.text() === 'y')]);
    expect([ending.text(), destroyed.text()]).toEqual(['last words', '']);
  });
});
