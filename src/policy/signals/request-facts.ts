// What expressions see of one request: each thing is computed when it is first asked, and once.
import type { RequestTexts, Workload } from '../../workload/index.ts';
import { FACTS } from '../facts.ts';
import { Reading } from '../keywords/reading.ts';
import type { Facts, Plan, SignalPlan } from '../types.ts';
import { firstLine } from './expression.ts';
import { callText, type Call } from './functions.ts';
import { flatCall, flatFact, flatSignal } from './language.ts';

/** How near a request's text comes to the policy's topics. */
export interface Nearness {
  /** In [0, 1]; 0.5 at the topic's threshold. */
  readonly of: (topic: string) => number;
  /** What stands in for the encoder that the policy asks for, and why; undefined: what was asked for. */
  readonly insteadOf: string | undefined;
  /** How long it was waited for. */
  readonly tookMs: number;
}

/** What there is to see. Without texts no keyword hits; without nearness every topic is at 0. */
export interface Sight {
  readonly workload: Workload;
  readonly texts: RequestTexts | undefined;
  /** `unasked`: there is an encoder, and nobody has asked it: whoever asks finds that it has to be waited for. */
  readonly nearness: Nearness | 'unasked' | undefined;
}

/** A signal or a call whose value was asked for a decision. */
export interface SignalValue {
  /** `sensitive`, or `keywords("pii")`. */
  readonly name: string;
  readonly value: boolean | number | string | readonly string[];
  /** Why it is a default, or another's word; undefined: it is what was asked for. */
  readonly why: string | undefined;
}

/** What of a plan says what its expressions ask, and what is defined for them. */
export type Askable = Pick<Plan, 'keywords' | 'signals'> & {
  readonly needs: Pick<Plan['needs'], 'facts' | 'groups' | 'calls'>;
  readonly topics: readonly { readonly name: string }[];
};

/** Of one request. Conditions read its other properties, one for each thing that the plan asks. */
export interface RequestFacts {
  /** What was computed so far, in that order. */
  readonly said: readonly SignalValue[];
  /** Something was asked that has to be waited for. */
  readonly waits: boolean;
  /** Takes the place of `unasked`; what was computed without stays. */
  readonly settle: (nearness: Nearness) => void;
}

const NOTHING: readonly SignalValue[] = Object.freeze([]);

/** What is remembered of one request; the properties that expressions read are those of a subclass, made once per plan. */
class Base implements RequestFacts {
  readonly workload: Workload;
  waits = false;
  said: readonly SignalValue[] = NOTHING;
  /** By place among the plan's calls and signals. */
  readonly #values: unknown[] = [];
  readonly #texts: RequestTexts | undefined;
  #nearness: Sight['nearness'];
  #last: Reading | undefined;
  #all: Reading | undefined;
  /** Of the signal that is being computed. */
  deadlineMs = Infinity;

  constructor({ workload, texts, nearness }: Sight) {
    this.workload = workload;
    this.#texts = texts;
    this.#nearness = nearness;
  }

  settle(nearness: Nearness): void {
    this.#nearness = nearness;
    this.waits = false;
  }

  /** Throws where it has to be waited for. */
  nearness(): Nearness | undefined {
    if (this.#nearness !== 'unasked') return this.#nearness;
    this.waits = true;
    throw new Error('the encoder has not been asked');
  }

  once(place: number, compute: (facts: this) => unknown): unknown {
    return (this.#values[place] ??= compute(this));
  }

  reading(of: 'last' | 'all'): Reading {
    if (of === 'all') return (this.#all ??= new Reading(this.#texts?.all() ?? [], this.#texts?.unread));
    return (this.#last ??= new Reading(this.#texts?.last() ?? [], this.#texts?.unread));
  }

  say(name: string, value: unknown, why: string | undefined): void {
    const plain = typeof value === 'bigint' ? Number(value) : value;
    this.said = [...this.said, { name, value: plain as SignalValue['value'], why }];
  }
}

type Getter = (facts: Base) => unknown;

/** Made once per plan; what it returns sees one request. */
export function factReader({ needs, keywords, topics, signals }: Askable): (sight: Sight) => Facts & RequestFacts {
  const names = { keywords: [...keywords.keys()], topics: topics.map(({ name }) => name) };
  class PlanFacts extends Base {}
  const getters = new Map<string, Getter>();
  let place = 0;
  for (const { name, read, reads } of FACTS) {
    if (!needs.facts.includes(name)) continue;
    const at = place++;
    const get: Getter = ({ workload }) => read(workload);
    // What is told from the text may be put together anew each time.
    getters.set(flatFact(name), reads === undefined ? get : (facts) => facts.once(at, get));
  }
  for (const group of needs.groups) getters.set(group, groupGetter(group));
  for (const call of needs.calls) {
    const at = place++;
    const compute = callGetter(call, keywords);
    getters.set(flatCall(call, names, false), (facts) => facts.once(at, compute));
    if (call.function !== 'similar') continue;
    getters.set(flatCall(call, names, true), (facts) => {
      refuseStandIns(facts);
      return facts.once(at, compute);
    });
  }
  for (const signal of signals.values()) {
    const at = place++;
    const compute = signalGetter(signal);
    getters.set(flatSignal(signal.name), (facts) => facts.once(at, compute));
  }
  for (const [name, get] of getters) {
    Object.defineProperty(PlanFacts.prototype, name, {
      get(this: Base) {
        return get(this);
      },
    });
  }
  return (sight) => new PlanFacts(sight) as unknown as Facts & RequestFacts;
}

function groupGetter(group: string): Getter {
  const fields = FACTS.flatMap(({ name, read }) =>
    name.startsWith(`${group}.`) ? [{ field: name.slice(group.length + 1), read }] : [],
  );
  return ({ workload }) => Object.fromEntries(fields.map(({ field, read }) => [field, read(workload)]));
}

function callGetter(call: Call, keywords: Plan['keywords']): Getter {
  const name = callText(call);
  const set = keywords.get(call.argument);
  return (facts) => {
    let value: unknown;
    let why: string | undefined;
    switch (call.function) {
      case 'keywords':
        value = set?.any(facts.reading(set.in)) ?? false;
        break;
      case 'keyword_count':
        value = BigInt(set?.count(facts.reading(set.in)) ?? 0);
        break;
      case 'similar': {
        const nearness = facts.nearness();
        value = nearness?.of(call.argument) ?? 0;
        why = nearness?.insteadOf;
      }
    }
    facts.say(name, value, why);
    return value;
  };
}

/** Throws where the encoder that was asked for has not spoken, or not in the signal's time. */
function refuseStandIns(facts: Base): void {
  const nearness = facts.nearness();
  if (nearness === undefined) return;
  if (nearness.insteadOf !== undefined) throw new Error(nearness.insteadOf);
  if (nearness.tookMs > facts.deadlineMs) {
    throw new Error(`the encoder took ${nearness.tookMs.toFixed(0)} ms, which is over ${facts.deadlineMs} ms`);
  }
}

function signalGetter(signal: SignalPlan): Getter {
  return (facts) => {
    const outer = facts.deadlineMs;
    facts.deadlineMs = signal.deadlineMs;
    let value: unknown = signal.default;
    let why: string | undefined;
    try {
      value = signal.evaluate(facts as unknown as Facts);
    } catch (error) {
      // It may be told yet.
      if (facts.waits) throw error;
      why = `the default, for ${firstLine(error)}`;
    } finally {
      facts.deadlineMs = outer;
    }
    facts.say(signal.name, value, why);
    return value;
  };
}
