// The line in front of an encoder: its bounds, its deadlines, and what becomes of it when the encoder dies or hangs.
import { describe, expect, it } from 'vitest';
import { manualAfter } from '../fixtures/manual-after.ts';
import { openEncoderDesk } from './encoder-desk.ts';
import type { ThreadListener } from './encoder-thread.ts';
import type { EncoderAnswer } from './messages.ts';

/** Encoders that answer when the test says so; `refuse`: the next ones cannot be begun. */
async function desk(limits: { queue?: number; deadlineMs?: number; hungMs?: number } = {}) {
  const time = manualAfter();
  const lives: { readonly texts: string[]; readonly listener: ThreadListener; ended: boolean }[] = [];
  const state = { refuse: false };
  const opened = await openEncoderDesk({
    queue: 2,
    deadlineMs: 100,
    hungMs: 1_000,
    ...limits,
    after: time.after,
    begin: async (listener) => {
      if (state.refuse) throw new Error('no encoder');
      const life = { texts: [] as string[], listener, ended: false };
      lives.push(life);
      return {
        send: (text) => void life.texts.push(text),
        end: async () => void (life.ended = true),
      };
    },
  });
  const answer = (text: string): void => lives.at(-1)?.listener.answered(vector(text));
  return { ...opened, ...time, lives, state, answer };
}

function vector(text: string): EncoderAnswer {
  return { kind: 'vector', vector: new Float32Array([text.length, 0]) };
}

/** All that is settled by now. */
const turns = async (): Promise<void> => new Promise((done) => void setImmediate(done));

describe('the line', () => {
  it('sends one text at a time, in the order of coming', async () => {
    const { encode, lives, answer } = await desk();
    const answers = [encode('a'), encode('bb'), encode('ccc')];
    expect(lives[0]?.texts).toEqual(['a']);
    answer('a');
    expect(lives[0]?.texts).toEqual(['a', 'bb']);
    answer('bb');
    answer('ccc');
    expect(await Promise.all(answers)).toEqual(['a', 'bb', 'ccc'].map(vector));
  });

  it('refuses at once what is beyond its length', async () => {
    const { encode, answer } = await desk({ queue: 1 });
    const first = encode('a');
    const second = encode('b');
    expect(await encode('c')).toEqual({ kind: 'failed', why: '1 texts wait already' });
    answer('a');
    answer('b');
    expect([await first, await second]).toEqual([vector('a'), vector('b')]);
  });

  it('takes what is over its deadline out, and does not spend the encoder on it', async () => {
    const { encode, lives, answer, advance, pending } = await desk();
    const first = encode('a');
    advance(50);
    const second = encode('b');
    advance(50);
    expect(await first).toEqual({ kind: 'failed', why: 'not done after 100 ms' });
    advance(50);
    expect((await second).kind).toBe('failed');
    const third = encode('c');
    answer('a');
    expect(lives[0]?.texts).toEqual(['a', 'c']);
    answer('c');
    expect(await third).toEqual(vector('c'));
    expect(pending()).toBe(0);
  });

  it('passes on what the encoder failed at, and goes on', async () => {
    const { encode, lives, answer } = await desk();
    const [first, second] = [encode('a'), encode('b')];
    lives[0]?.listener.answered({ kind: 'failed', why: 'no' });
    answer('b');
    expect([await first, await second]).toEqual([{ kind: 'failed', why: 'no' }, vector('b')]);
  });
});

describe('an encoder that dies', () => {
  it('fails what it had and what waits, at once, and has a successor', async () => {
    const { encode, lives, answer, advance } = await desk();
    const answers = [encode('a'), encode('b')];
    lives[0]?.listener.died('out of memory');
    for (const one of answers) expect(await one).toEqual({ kind: 'failed', why: 'out of memory' });
    expect(await encode('c')).toEqual({ kind: 'failed', why: 'out of memory' });
    advance(100);
    await turns();
    expect(lives).toHaveLength(2);
    const last = encode('d');
    answer('d');
    expect(await last).toEqual(vector('d'));
  });

  it('is replaced ever more slowly while its successors fail, for ever', async () => {
    const { encode, lives, state, advance } = await desk();
    state.refuse = true;
    lives[0]?.listener.died('gone');
    for (const wait of [100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]) {
      advance(wait - 1);
      state.refuse = false;
      await turns();
      expect(lives).toHaveLength(1);
      state.refuse = true;
      advance(1);
      await turns();
      expect(await encode('x')).toEqual({ kind: 'failed', why: 'no encoder' });
    }
    state.refuse = false;
    advance(30_000);
    await turns();
    expect(lives).toHaveLength(2);
  });

  it('is replaced fast again after one that worked', async () => {
    const { encode, lives, answer, advance } = await desk();
    lives[0]?.listener.died('gone');
    advance(100);
    await turns();
    void encode('a');
    answer('a');
    lives[1]?.listener.died('gone');
    advance(100);
    await turns();
    expect(lives).toHaveLength(3);
  });
});

describe('an encoder that hangs', () => {
  it('is ended and replaced; what it says later is nobody’s answer', async () => {
    const { encode, lives, answer, advance } = await desk();
    const first = encode('a');
    advance(100);
    expect((await first).kind).toBe('failed');
    advance(899);
    expect(lives[0]?.ended).toBe(false);
    advance(1);
    expect(lives[0]?.ended).toBe(true);
    advance(100);
    await turns();
    const second = encode('bb');
    answer('bb');
    expect(await second).toEqual(vector('bb'));
  });
});

describe('closing', () => {
  it('fails what waits, ends the encoder, begins no other, leaves no timer', async () => {
    const { encode, close, lives, pending } = await desk();
    const answers = [encode('a'), encode('b')];
    await close();
    for (const one of answers) expect((await one).kind).toBe('failed');
    expect(lives.map(({ ended }) => ended)).toEqual([true]);
    expect(await encode('c')).toEqual({ kind: 'failed', why: 'the encoder is closed' });
    expect(pending()).toBe(0);
  });

  it('while a successor is on its way ends that one too', async () => {
    const { close, lives, advance, pending } = await desk();
    lives[0]?.listener.died('gone');
    advance(100);
    await close();
    expect(lives.slice(1).every(({ ended }) => ended)).toBe(true);
    expect(pending()).toBe(0);
  });
});
