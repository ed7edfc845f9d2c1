// The signals of a policy in the order in which they rest on each other, and what is wrong with them.
import type { PolicyText } from '../document.ts';
import type { Diagnostic } from '../compiling.ts';
import type { Facts, SignalDefault, SignalPlan } from '../types.ts';
import type { WellShaped } from '../well-shaped.ts';
import { costOf } from './cost.ts';
import { compileExpression } from './expression.ts';
import type { Cost, Uses } from './functions.ts';
import { createLanguage, type Definitions, type Language } from './language.ts';
import { DEFAULT_DEADLINE_MS } from './schema.ts';
import { signalOrder } from './signal-order.ts';

type SignalText = NonNullable<ReturnType<WellShaped['signals']['get']>>;

export interface CompiledSignals {
  readonly signals: ReadonlyMap<string, SignalPlan>;
  /** Of the whole policy: what conditions may say. */
  readonly language: Language;
}

/** `asksEncoder`: whether nearness to topics is an encoder's word. */
export function compileSignals(
  text: PolicyText,
  document: WellShaped,
  defined: Omit<Definitions, 'signals'>,
  asksEncoder: boolean,
  found: Diagnostic[],
): CompiledSignals {
  const signals = new Map<string, SignalPlan>();
  // One that is malformed may be asked: what is wrong with it has been said.
  const types = new Map([...document.signals.keys()].map((name) => [name, 'dyn']));
  const { order, cycles } = signalOrder(document.signals);
  for (const { name, path } of cycles) {
    found.push(text.at(['signals', name, 'value'], `a signal cannot rest on itself: ${path.join(' -> ')}`));
  }
  for (const name of order) {
    const signal = document.signals.get(name);
    if (signal === undefined) continue;
    const language = createLanguage({ ...defined, signals: types });
    const compiled = compileSignal(text, name, signal, language, found);
    if (compiled === undefined) continue;
    const cost = costOf(compiled.uses, signals, asksEncoder);
    if (signal.cost !== undefined && signal.cost !== cost) {
      found.push(text.at(['signals', name, 'cost'], `"${name}" costs ${cost}, not ${signal.cost}: ${WHY[cost]}`));
    }
    types.set(name, compiled.type);
    signals.set(name, { ...compiled, cost });
  }
  return { signals, language: createLanguage({ ...defined, signals: types }) };
}

const WHY: Readonly<Record<Cost, string>> = {
  cheap: 'it asks facts that need no look at the text',
  text: 'it looks at the text',
  encoder: 'it asks an encoder',
};

function compileSignal(
  text: PolicyText,
  name: string,
  { value, default: given, deadlineMs }: SignalText,
  language: Language,
  found: Diagnostic[],
): Omit<SignalPlan, 'cost'> | undefined {
  const expression = compileExpression(value, language, true);
  if (expression.kind === 'invalid') {
    found.push(text.at(['signals', name, 'value'], expression.message, { offset: expression.at }));
    return undefined;
  }
  const { type, uses } = expression;
  if (type === 'dyn' && restsOnMalformed(uses, language)) return undefined;
  const reader = READERS[type];
  if (reader === undefined) {
    const types = Object.keys(READERS).join(', ');
    found.push(
      text.at(['signals', name, 'value'], `a signal is of one of the types ${types}; this is of type ${type}`),
    );
    return undefined;
  }
  const fallback = reader(given);
  if (fallback === undefined) {
    found.push(
      text.at(['signals', name, 'default'], `expected a ${type}, as the value is, found ${JSON.stringify(given)}`),
    );
    return undefined;
  }
  const evaluate = (facts: Facts): unknown => expression.evaluate(facts);
  return {
    name,
    source: value,
    type,
    default: fallback,
    deadlineMs: deadlineMs ?? DEFAULT_DEADLINE_MS,
    uses,
    evaluate,
  };
}

/** Of what that comes to nothing can be said. */
export function restsOnMalformed(uses: Uses, { definitions }: Language): boolean {
  return uses.signals.some((name) => definitions.signals.get(name) === 'dyn');
}

/** From the YAML value to CEL's, by CEL type; undefined: it is none of that type. */
const READERS: Readonly<Record<string, (given: unknown) => SignalDefault | undefined>> = {
  bool: (given) => (typeof given === 'boolean' ? given : undefined),
  int: (given) => (Number.isSafeInteger(given) ? BigInt(given as number) : undefined),
  double: (given) => (typeof given === 'number' && Number.isFinite(given) ? given : undefined),
  string: (given) => (typeof given === 'string' ? given : undefined),
  'list<string>': (given) => (Array.isArray(given) ? (given as readonly string[]) : undefined),
};
