// What every home of the store must do, as one suite that is handed a way to open the home.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { entriesOf, expectToBehaveLikeAMap } from './contract-model.ts';
import type { RangeOptions, Row, Store } from './store.ts';

const row = (key: string, value: unknown, collection = 'log'): Row => ({ collection, key, value });

/** `open` gives a store on a place that is empty at the start of each test and the same within it. */
export function describeStoreContract(name: string, survivesClose: boolean, open: () => Promise<Store>): void {
  describe(`store contract: ${name}`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    it('reads its own appends and commits at once', async () => {
      store.append(row('a', 1));
      expect(await store.get('log', 'a')).toBe(1);
      store.append(row('a', 2));
      const committed = store.commit([row('b', 3)]);
      expect(await store.get('log', 'a')).toBe(2);
      expect(await store.get('log', 'b')).toBe(3);
      expect(await committed).toBe(true);
      await store.flush();
      expect(await store.get('log', 'a')).toBe(2);
      expect(await store.get('log', 'c')).toBeUndefined();
      expect(await store.get('other', 'a')).toBeUndefined();
    });

    it('ranges in code unit order, whatever the order of writing and the page size', async () => {
      // UTF-8 would sort the emoji (U+D83D...) behind U+FFFD.
      const keys = ['', '\u0000', ' ', 'a', 'a\u0000', 'ab', 'b', 'é', '\ud83d', '😀', '\ufffd', '\uffff'].map(
        (k) => `k${k}`,
      );
      await store.commit(keys.toReversed().map((key) => row(key, key)));
      expect(await keysOf(store)).toEqual(keys);
      const many = Array.from({ length: 300 }, (_, i) => `m${String(i).padStart(3, '0')}`);
      for (const key of many) store.append(row(key, null));
      expect(await keysOf(store, { from: 'm' })).toEqual(many);
      expect(await keysOf(store, { from: 'm', reverse: true })).toEqual(many.toReversed());
      expect(await keysOf(store, { from: 'm', reverse: true, limit: 200 })).toEqual(many.toReversed().slice(0, 200));
    });

    it.each<[RangeOptions, string]>([
      [{}, 'abcd'],
      [{ from: 'b' }, 'bcd'],
      [{ to: 'c' }, 'ab'],
      [{ from: 'b', to: 'd' }, 'bc'],
      [{ from: 'aa', to: 'cc', reverse: true }, 'cb'],
      [{ from: 'b', to: 'd', reverse: true }, 'cb'],
      [{ limit: 2 }, 'ab'],
      [{ limit: 0 }, ''],
      [{ reverse: true, limit: 1 }, 'd'],
      [{ from: 'c', to: 'b' }, ''],
      [{ from: 'b', to: 'b' }, ''],
    ])('ranges %j', async (options, expected) => {
      await store.commit([row('x', 0, 'lo'), row('x', 0, 'log\u0001'), row('x', 0, 'logs')]);
      await store.commit(['d', 'b', 'c', 'a'].map((key) => row(key, key)));
      expect((await keysOf(store, options)).join('')).toBe(expected);
    });

    it('says how large values are, in the order of their keys, without handing them out', async () => {
      const keys = Array.from({ length: 300 }, (_, i) => `s${String(i).padStart(3, '0')}`);
      await store.commit(keys.map((key, i) => row(key, new Uint8Array(1 + 40 * i))));
      store.append(row('t', new Uint8Array(200_000)));
      const sizesOf = async (options: RangeOptions): Promise<(readonly [string, number])[]> => {
        const sizes: (readonly [string, number])[] = [];
        for await (const size of store.sizes('log', options)) sizes.push(size);
        return sizes;
      };
      const all = await sizesOf({});
      expect(all.map(([key]) => key)).toEqual([...keys, 't']);
      // Some homes write more than the bytes themselves, none less.
      all.forEach(([, size], i) => {
        const bytes = i < 300 ? 1 + 40 * i : 200_000;
        expect(size).toBeGreaterThanOrEqual(bytes);
        expect(size).toBeLessThan(2 * bytes + 20);
      });
      expect(await sizesOf({ from: 's297', to: 't', reverse: true, limit: 2 })).toEqual([all[299], all[298]]);
      expect(await sizesOf({ from: 'u' })).toEqual([]);
    });

    it('hands out rows of a range that share nothing with it', async () => {
      await store.commit(['a', 'b'].map((key, i) => row(key, Uint8Array.of(i + 1, 7))));
      for (const [, value] of await entriesOf(store, 'log', {})) (value as Uint8Array).fill(9);
      expect(await entriesOf(store, 'log', {})).toStrictEqual([
        ['a', Uint8Array.of(1, 7)],
        ['b', Uint8Array.of(2, 7)],
      ]);
    });

    it('commits in one piece: a bad row leaves nothing behind', async () => {
      await expect(store.commit([row('a', 1), row('', 2)])).rejects.toMatchObject({ code: 'SLUICE_STORE_KEY' });
      await expect(store.commit([row('a', 1), row('b', () => 2)])).rejects.toMatchObject({
        code: 'SLUICE_STORE_VALUE',
      });
      expect(await keysOf(store)).toEqual([]);
      expect(await store.commit([])).toBe(true);
    });

    it('lets exactly one of 50 concurrent commits have a key', async () => {
      const unlessExists = { collection: 'ids', key: 'k' };
      const results = await Promise.all(
        Array.from({ length: 50 }, (_, i) => store.commit([row('k', i, 'ids'), row(`row${i}`, i)], unlessExists)),
      );
      expect(results.filter(Boolean)).toHaveLength(1);
      const winner = results.indexOf(true);
      expect(await store.get('ids', 'k')).toBe(winner);
      expect(await keysOf(store)).toEqual([`row${winner}`]);
      expect(await store.commit([row('late', 1)], unlessExists)).toBe(false);
      await store.remove('ids', ['k']);
      expect(await store.commit([row('late', 1)], unlessExists)).toBe(true);
    });

    it('commits only if none of several keys is there', async () => {
      const unless = ['a', 'b', 'c'].map((key) => ({ collection: 'ids', key }));
      expect(await store.commit([row('b', 1, 'ids')], unless)).toBe(true);
      expect(await store.commit([row('late', 1)], unless)).toBe(false);
      expect(await store.get('log', 'late')).toBeUndefined();
      expect(await store.commit([row('late', 1)], [])).toBe(true);
    });

    it('counts an append as existing and a removal as not', async () => {
      store.append(row('k', 1));
      expect(await store.commit([row('k', 2)], { collection: 'log', key: 'k' })).toBe(false);
      const removed = store.remove('log', ['k', 'never there']);
      const committed = store.commit([row('k', 3)], { collection: 'log', key: 'k' });
      await removed;
      expect(await committed).toBe(true);
      expect(await store.get('log', 'k')).toBe(3);
    });

    it.each<[string, unknown]>([
      ['null', null],
      ['nested', { a: [1, 'two', { three: [null, true, -0, 1e-300, 2 ** 53] }], '': {} }],
      ['unicode', 'é 😀 \u0000 \ud800'],
      ['bytes', new Uint8Array([0, 1, 255])],
      ['bytes like those of a value', new Uint8Array([255, 15, 73, 2])],
      ['no bytes', new Uint8Array()],
      ['bytes inside', { statistics: new Uint8Array(5000).fill(7), after: 'x' }],
      ['numbers that JSON has not', [NaN, Infinity, -Infinity, -0]],
      ['texts like marks', ['~', '~~', '~n-0', { '~b': '~bAAEC' }]],
      ['a large value', 'x'.repeat(3_000_000)],
    ])('gives back %s as it was, before and after it is on disk', async (_name, value) => {
      store.append(row('v', value));
      expect(await store.get('log', 'v')).toStrictEqual(value);
      await store.flush();
      const read = await store.get('log', 'v');
      store.append(row('v', 'overwritten'));
      await store.flush();
      expect(read).toStrictEqual(value);
    });

    it('shares no object with its callers', async () => {
      const value = { list: [1], bytes: new Uint8Array([1]) };
      store.append(row('v', value));
      value.list.push(2);
      value.bytes[0] = 2;
      const read = await store.get('log', 'v');
      Object.assign(Object(read), { list: 'changed' });
      const bytes: unknown = Object(read).bytes;
      if (ArrayBuffer.isView(bytes)) new Uint8Array(bytes.buffer, bytes.byteOffset).set([3]);
      expect(await store.get('log', 'v')).toStrictEqual({ list: [1], bytes: new Uint8Array([1]) });
    });

    it('keeps bytes as they were when they came, by themselves too', async () => {
      const appended = Uint8Array.of(1, 2);
      store.append(row('appended', appended));
      appended[0] = 9;
      const memory = Uint8Array.of(3, 4, 5, 6);
      const committed = store.commit([row('first', memory.subarray(0, 2)), row('last', memory.subarray(2))]);
      const early = await store.get('log', 'first');
      expect(await committed).toBe(true);
      // It is the caller's again.
      memory.fill(9);
      expect(early).toStrictEqual(Uint8Array.of(3, 4));
      const read = [
        await store.get('log', 'appended'),
        await store.get('log', 'first'),
        await store.get('log', 'last'),
      ];
      expect(read).toStrictEqual([Uint8Array.of(1, 2), Uint8Array.of(3, 4), Uint8Array.of(5, 6)]);
      for (const bytes of read) (bytes as Uint8Array).fill(9);
      expect(await store.get('log', 'last')).toStrictEqual(Uint8Array.of(5, 6));
    });

    it('refuses keys that some home could not take, with a code', async () => {
      const longest = '\uffff'.repeat(900);
      await store.commit([row(longest, 1, 'c'.repeat(64)), row(longest, 1)]);
      expect(await keysOf(store, { from: longest })).toEqual([longest]);
      for (const [collection, key] of [
        ['log', ''],
        ['log', 'k'.repeat(901)],
        ['', 'k'],
        ['c'.repeat(65), 'k'],
        ['c\u0000', 'k'],
      ] as const) {
        expect(() => store.append({ collection, key, value: 1 })).toThrow(
          expect.objectContaining({ code: 'SLUICE_STORE_KEY' }),
        );
        await expect(store.get(collection, key)).rejects.toMatchObject({ code: 'SLUICE_STORE_KEY' });
      }
      expect(() => store.append(row('k', undefined))).toThrow(expect.objectContaining({ code: 'SLUICE_STORE_VALUE' }));
    });

    it('answers every call after close with SLUICE_STORE_CLOSED, but a second close', async () => {
      store.append(row('a', 1));
      const range = store.range('log')[Symbol.asyncIterator]();
      const closing = store.close();
      const closed = { code: 'SLUICE_STORE_CLOSED' };
      expect(() => store.append(row('b', 1))).toThrow(expect.objectContaining(closed));
      await expect(store.get('log', 'a')).rejects.toMatchObject(closed);
      await expect(store.commit([row('b', 1)])).rejects.toMatchObject(closed);
      await expect(store.remove('log', ['a'])).rejects.toMatchObject(closed);
      await expect(store.flush()).rejects.toMatchObject(closed);
      await expect(range.next()).rejects.toMatchObject(closed);
      await expect(store.sizes('log')[Symbol.asyncIterator]().next()).rejects.toMatchObject(closed);
      await closing;
      await expect(store.get('log', 'a')).rejects.toMatchObject(closed);
      await store.close();
    });

    it.runIf(survivesClose)('keeps what was appended before close', async () => {
      const keys = Array.from({ length: 500 }, (_, i) => `k${String(i).padStart(3, '0')}`);
      for (const key of keys) store.append(row(key, { key }));
      await store.close();
      store = await open();
      expect(await keysOf(store)).toEqual(keys);
      expect(await store.get('log', 'k499')).toEqual({ key: 'k499' });
    });

    it('does what a Map does, for any sequence of calls', () => expectToBehaveLikeAMap(store));
  });
}

async function keysOf(store: Store, options: RangeOptions = {}): Promise<string[]> {
  return (await entriesOf(store, 'log', options)).map(([key]) => key);
}
