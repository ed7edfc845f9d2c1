// What expressions ask when those that they rest on are counted in, and what that costs.
import { FACTS } from '../facts.ts';
import { definedFor } from './language.ts';
import { sameCall, type Call, type Cost, type Uses } from './functions.ts';

const ORDER: readonly Cost[] = ['cheap', 'text', 'encoder'];

export interface SignalUses {
  readonly uses: Uses;
  readonly cost: Cost;
}

/** `signals`: at least those that are asked. */
export function costOf(uses: Uses, signals: ReadonlyMap<string, SignalUses>, asksEncoder: boolean): Cost {
  const costs: Cost[] = ['cheap'];
  if (FACTS.some(({ name, reads }) => reads !== undefined && uses.facts.includes(name))) costs.push('text');
  for (const call of uses.calls) {
    costs.push(asksEncoder && definedFor(call.function) === 'topics' ? 'encoder' : 'text');
  }
  for (const name of uses.signals) costs.push(signals.get(name)?.cost ?? 'cheap');
  return ORDER[Math.max(...costs.map((cost) => ORDER.indexOf(cost)))] ?? 'cheap';
}

/** What several expressions ask, by themselves and through signals. */
export function usesOfAll(all: readonly Uses[], signals: ReadonlyMap<string, { readonly uses: Uses }>): Uses {
  const facts = new Set<string>();
  const groups = new Set<string>();
  const calls: Call[] = [];
  const names = new Set<string>();
  const add = (uses: Uses): void => {
    for (const fact of uses.facts) facts.add(fact);
    for (const group of uses.groups) groups.add(group);
    for (const call of uses.calls) if (!calls.some((one) => sameCall(one, call))) calls.push(call);
    for (const name of uses.signals) {
      if (names.has(name)) continue;
      names.add(name);
      const signal = signals.get(name);
      if (signal !== undefined) add(signal.uses);
    }
  };
  for (const uses of all) add(uses);
  return { facts: [...facts], groups: [...groups], calls, signals: [...names] };
}
