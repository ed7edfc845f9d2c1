// The property behind the contract: whatever the sequence of calls, waited for or overlapping, a store answers as a plain Map would.
import * as fc from 'fast-check';
import { expect } from 'vitest';
import type { RangeOptions, Store } from './store.ts';

type Model = Map<string, unknown>;
type Entries = readonly (readonly [key: string, value: unknown])[];

interface Step {
  readonly call: (store: Store, collection: string) => Promise<unknown>;
  /** Changes the model and says what the call must answer. */
  readonly model: (model: Model) => unknown;
  /** Must not overlap later calls: a range is only fixed while nothing is written. */
  readonly alone: boolean;
  readonly name: string;
}

const key = fc.constantFrom('a', 'b', 'ba', 'é', '😀', '\uffff');
const keys = fc.array(key, { maxLength: 3 });

const append = fc.tuple(key, fc.nat()).map(([k, value]) => ({
  name: `append ${k}=${value}`,
  alone: false,
  call: async (store: Store, collection: string) => store.append({ collection, key: k, value }),
  model: (model: Model) => void model.set(k, value),
}));

const commit = fc.tuple(keys, key, fc.nat()).map(([ks, unless, value]) => ({
  name: `commit ${ks.join()}=${value} unless ${unless}`,
  alone: false,
  call: (store: Store, collection: string) =>
    store.commit(
      ks.map((k) => ({ collection, key: k, value })),
      { collection, key: unless },
    ),
  model: (model: Model) => {
    if (model.has(unless)) return false;
    for (const k of ks) model.set(k, value);
    return true;
  },
}));

const remove = keys.map((ks) => ({
  name: `remove ${ks.join()}`,
  alone: false,
  call: (store: Store, collection: string) => store.remove(collection, ks),
  model: (model: Model) => {
    for (const k of ks) model.delete(k);
  },
}));

const get = key.map((k) => ({
  name: `get ${k}`,
  alone: false,
  call: (store: Store, collection: string) => store.get(collection, k),
  model: (model: Model) => model.get(k),
}));

const flush = fc.constant({
  name: 'flush',
  alone: false,
  call: (store: Store) => store.flush(),
  model: () => undefined,
});

const range = fc
  .record({ from: key, to: key, reverse: fc.boolean(), limit: fc.nat(4) }, { requiredKeys: [] })
  .map((options) => ({
    name: `range ${JSON.stringify(options)}`,
    alone: true,
    call: (store: Store, collection: string) => entriesOf(store, collection, options),
    model: (model: Model) => rangeOf(model, options),
  }));

const step: fc.Arbitrary<Step> = fc.oneof(append, commit, remove, get, flush, range);

export async function expectToBehaveLikeAMap(store: Store): Promise<void> {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(step, fc.boolean()), { maxLength: 30 }), async (steps) => {
      run += 1;
      const collection = `run${run}`;
      const model: Model = new Map();
      const late: Promise<void>[] = [];
      for (const [{ name, alone, call, model: change }, wait] of steps) {
        const answer = call(store, collection);
        const expected = change(model);
        const checked = answer.then((value) => expect(value, name).toEqual(expected));
        if (wait || alone) await checked;
        else late.push(checked);
      }
      await Promise.all(late);
      expect(await entriesOf(store, collection, {})).toEqual(rangeOf(model, {}));
    }),
    { numRuns: 200 },
  );
}

export async function entriesOf(store: Store, collection: string, options: RangeOptions): Promise<Entries> {
  const entries: (readonly [string, unknown])[] = [];
  for await (const entry of store.range(collection, options)) entries.push(entry);
  return entries;
}

function rangeOf(model: Model, { from, to, reverse, limit }: RangeOptions): Entries {
  const inside = [...model]
    .filter(([k]) => (from === undefined || k >= from) && (to === undefined || k < to))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return (reverse === true ? inside.toReversed() : inside).slice(0, limit);
}
