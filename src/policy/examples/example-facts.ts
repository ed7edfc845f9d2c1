// An example as expressions read it: the properties that they ask of a request's facts.
import { flatCall, flatFact, flatSignal } from '../signals/language.ts';
import type { Facts } from '../types.ts';
import type { Reference } from './references.ts';
import type { World } from './world.ts';

/** `signals`: those that are asked, and that these rest on. */
export function factsOf(
  references: readonly Reference[],
  values: readonly unknown[],
  signals: readonly string[],
  world: World,
): Facts {
  const { definitions } = world.language;
  const facts: Record<string, unknown> = {};
  for (const [i, reference] of references.entries()) {
    const value = values[i];
    if (reference.kind === 'call') {
      for (const strict of [false, true]) facts[flatCall(reference.call, definitions, strict)] = value;
      continue;
    }
    const { fact, key } = reference;
    if (key !== undefined) {
      const entries = facts[fact] ?? {};
      facts[fact] = value === undefined ? entries : { ...entries, [key]: value };
      continue;
    }
    facts[flatFact(fact)] = value;
    const [group = fact, field] = fact.split('.');
    if (field !== undefined) facts[group] = { ...(facts[group] as object | undefined), [field]: value };
  }
  for (const name of signals) {
    const { evaluate, default: fallback } = world.signals.get(name) ?? {};
    Object.defineProperty(facts, flatSignal(name), {
      get: () => {
        try {
          return evaluate?.(facts);
        } catch {
          return fallback;
        }
      },
    });
  }
  return facts;
}
