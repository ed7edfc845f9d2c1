// What tests may name of a request beside its body: facts, calls and signals, given in place of what is seen or expected of it.
import { FACTS } from './facts.ts';
import { usesOfAll } from './signals/cost.ts';
import { callText, FUNCTIONS, type Call } from './signals/functions.ts';
import { flatCall, flatFact, flatSignal, type Definitions } from './signals/language.ts';
import type { Askable, RequestFacts } from './signals/request-facts.ts';
import type { Facts, Needs, Plan } from './types.ts';

/** `tokens.input`, `keywords("legal")`, `signals.sensitive`. */
interface Named {
  /** CEL's name of it. */
  readonly type: string;
  /** The property of a request's facts that expressions read. */
  readonly flat: string;
  readonly asks: Pick<Needs, 'facts' | 'groups' | 'calls'> & { readonly signal: string | undefined };
}

const NOTHING = { facts: [], groups: [], calls: [], signal: undefined } as const;

export function namedFact(plan: Plan, name: string): Named | undefined {
  const fact = FACTS.find((one) => one.name === name);
  if (fact !== undefined) {
    return { type: fact.type, flat: flatFact(name), asks: { ...NOTHING, facts: [name] } };
  }
  const signal = /^signals\.(.+)$/.exec(name)?.[1] ?? '';
  const plain = plan.signals.get(signal);
  if (plain !== undefined)
    return { type: plain.type, flat: flatSignal(signal), asks: { ...usesOfAll([plain.uses], plan.signals), signal } };
  for (const { call, type } of callsOf(plan)) {
    if (callText(call) !== name) continue;
    return {
      type,
      flat: flatCall(call, definitionsOf(plan), false),
      asks: { ...NOTHING, calls: [call] },
    };
  }
  return undefined;
}

/** For messages. */
export function factNames(plan: Plan): readonly string[] {
  return [
    ...FACTS.map(({ name }) => name),
    ...callsOf(plan).map(({ call }) => callText(call)),
    ...[...plan.signals.keys()].map((name) => `signals.${name}`),
  ];
}

/** Facts as given take the place of those seen, for whoever asks the request's facts from here on. */
export function giveFacts<F extends Facts & RequestFacts>(
  plan: Plan,
  given: Readonly<Record<string, unknown>>,
  facts: F,
): F {
  const groups = new Map<string, Record<string, unknown>>();
  for (const [name, value] of Object.entries(given)) {
    const named = namedFact(plan, name);
    if (named === undefined) continue;
    const read = named.type === 'int' ? BigInt(value as number) : value;
    Object.defineProperty(facts, named.flat, { value: read });
    const [group = '', field] = name.split('.');
    if (field !== undefined && named.asks.signal === undefined && name.includes('.')) {
      groups.set(group, { ...groups.get(group), [field]: read });
    }
    // What a signal that asks an encoder reads of the call.
    for (const call of named.asks.calls) {
      if (callText(call) === name)
        Object.defineProperty(facts, flatCall(call, definitionsOf(plan), true), { value: read });
    }
  }
  for (const [group, fields] of groups) {
    Object.defineProperty(facts, group, { value: { ...(facts[group] as object | undefined), ...fields } });
  }
  return facts;
}

/** What has to be read of a request so that these can be told. */
export function askableFor(plan: Plan, names: readonly string[]): Askable {
  const asks = names.flatMap((name) => namedFact(plan, name)?.asks ?? []);
  const { needs } = plan;
  return {
    ...plan,
    needs: {
      facts: [...new Set([...needs.facts, ...asks.flatMap(({ facts }) => facts)])],
      groups: [...new Set([...needs.groups, ...asks.flatMap(({ groups }) => groups)])],
      calls: [...needs.calls, ...asks.flatMap(({ calls }) => calls)],
    },
  };
}

/** As the expressions of a plan read it; JSON has no bigint. */
export function tellFact(plan: Plan, name: string, facts: Facts): unknown {
  const value = facts[namedFact(plan, name)?.flat ?? ''];
  return typeof value === 'bigint' ? Number(value) : value;
}

function definitionsOf({ keywords, topics }: Plan): Pick<Definitions, 'keywords' | 'topics'> {
  return { keywords: [...keywords.keys()], topics: topics.map(({ name }) => name) };
}

function callsOf(plan: Plan): readonly { readonly call: Call; readonly type: string }[] {
  const defined = definitionsOf(plan);
  return FUNCTIONS.flatMap(({ name, type, of }) =>
    defined[of].map((argument) => ({ call: { function: name, argument }, type })),
  );
}
