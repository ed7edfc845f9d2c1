// What expressions see of one request: each thing is computed when it is first asked, and once.
import type { RequestTexts, Workload } from '../../workload/index.ts';
import { FACTS } from '../facts.ts';
import type { KeywordSet } from '../keywords/keyword-set.ts';
import { Reading } from '../keywords/reading.ts';
import type { Facts, SignalPlan } from '../types.ts';
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
  readonly nearness: Nearness | undefined;
}

/** A signal or a call whose value was asked for a decision. */
export interface SignalValue {
  /** `sensitive`, or `keywords("pii")`. */
  readonly name: string;
  readonly value: boolean | number | string | readonly string[];
  /** Why it is a default, or another's word; undefined: it is what was asked for. */
  readonly why: string | undefined;
}

/** What a plan's expressions ask, its own definitions included. */
export interface Askable {
  readonly facts: readonly string[];
  readonly groups: readonly string[];
  readonly calls: readonly Call[];
  readonly keywords: ReadonlyMap<string, KeywordSet>;
  readonly topics: readonly string[];
  readonly signals: ReadonlyMap<string, SignalPlan>;
}

/** Of one request. Conditions read its other properties, one for each thing that the plan asks. */
export interface RequestFacts {
  /** What was computed so far, in that order. */
  readonly said: readonly SignalValue[];
}

const NOTHING: readonly SignalValue[] = Object.freeze([]);

/** What is remembered of one request; the properties that expressions read are those of a subclass, made once per plan. */
class Base implements RequestFacts {
  readonly sight: Sight;
  said: readonly SignalValue[] = NOTHING;
  /** By place among the plan's calls and signals. */
  readonly #values: unknown[] = [];
  #last: Reading | undefined;
  #all: Reading | undefined;
  /** Of the signal that is being computed. */
  deadlineMs = Infinity;

  constructor(sight: Sight) {
    this.sight = sight;
  }

  once(place: number, compute: (facts: this) => unknown): unknown {
    return (this.#values[place] ??= compute(this));
  }

  reading(of: 'last' | 'all'): Reading {
    const { texts } = this.sight;
    if (of === 'all') return (this.#all ??= new Reading(texts?.all() ?? []));
    return (this.#last ??= new Reading(texts?.last() ?? []));
  }

  say(name: string, value: unknown, why: string | undefined): void {
    const plain = typeof value === 'bigint' ? Number(value) : value;
    this.said = [...this.said, { name, value: plain as SignalValue['value'], why }];
  }
}

type Getter = (facts: Base) => unknown;

/** Made once per plan; what it returns sees one request. */
export function factReader(asked: Askable): (sight: Sight) => Facts & RequestFacts {
  class PlanFacts extends Base {}
  const getters = new Map<string, Getter>();
  for (const { name, read } of FACTS) {
    if (asked.facts.includes(name)) getters.set(flatFact(name), (facts) => read(facts.sight.workload));
  }
  for (const group of asked.groups) getters.set(group, groupGetter(group));
  let place = 0;
  for (const call of asked.calls) {
    const at = place++;
    const compute = callGetter(call, asked);
    getters.set(flatCall(call, { keywords: [...asked.keywords.keys()], topics: asked.topics }, false), (facts) =>
      facts.once(at, compute),
    );
    if (call.function !== 'similar') continue;
    getters.set(flatCall(call, { keywords: [], topics: asked.topics }, true), (facts) => {
      refuseStandIns(facts);
      return facts.once(at, compute);
    });
  }
  for (const signal of asked.signals.values()) {
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
  return ({ sight }) => Object.fromEntries(fields.map(({ field, read }) => [field, read(sight.workload)]));
}

function callGetter(call: Call, { keywords }: Askable): Getter {
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
      case 'similar':
        value = facts.sight.nearness?.of(call.argument) ?? 0;
        why = facts.sight.nearness?.insteadOf;
    }
    facts.say(name, value, why);
    return value;
  };
}

/** Throws where the encoder that was asked for has not spoken, or not in the signal's time. */
function refuseStandIns({ sight, deadlineMs }: Base): void {
  const { nearness } = sight;
  if (nearness === undefined) return;
  if (nearness.insteadOf !== undefined) throw new Error(nearness.insteadOf);
  if (nearness.tookMs > deadlineMs) {
    throw new Error(`the encoder took ${nearness.tookMs.toFixed(0)} ms of ${deadlineMs} ms`);
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
      why = `the default, for ${firstLine(error)}`;
    }
    facts.deadlineMs = outer;
    facts.say(signal.name, value, why);
    return value;
  };
}
