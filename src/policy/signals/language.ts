// What expressions of one policy may name: facts, functions with what is defined for them, signals; and the environments that check and run them.
import { Environment } from '@marcbachmann/cel-js';
import { FACTS } from '../facts.ts';
import { FUNCTIONS, type Call, type PolicyFunction } from './functions.ts';

/** What a policy defines beside the facts. */
export interface Definitions {
  readonly keywords: readonly string[];
  readonly topics: readonly string[];
  /** Type by name of signal; `dyn` of one that is malformed. */
  readonly signals: ReadonlyMap<string, string>;
}

export interface Language {
  readonly definitions: Definitions;
  /** Knows what operators write. */
  readonly written: Environment;
  /** Knows one flat variable for each thing that is asked: what is written is rewritten to these. */
  readonly flat: Environment;
}

const LIMITS = { maxAstNodes: 1_000, maxDepth: 50 };

export function createLanguage(definitions: Definitions): Language {
  const written = new Environment({ limits: LIMITS });
  const flat = new Environment({ limits: LIMITS });
  const groups = new Map<string, Record<string, string>>();
  for (const { name, type } of FACTS) {
    const [group = name, field] = name.split('.');
    flat.registerVariable(flatFact(name), type);
    if (field === undefined) written.registerVariable(name, type);
    else groups.set(group, { ...groups.get(group), [field]: type });
  }
  for (const [name, schema] of groups) {
    written.registerVariable({ name, schema });
    flat.registerVariable({ name, schema });
  }
  for (const { name, type, of } of FUNCTIONS) {
    written.registerFunction(`${name}(string): ${type}`, () => {
      throw new Error('a call is asked as a variable');
    });
    for (const argument of definitions[of]) {
      for (const strict of of === 'topics' ? [false, true] : [false]) {
        flat.registerVariable(flatCall({ function: name, argument }, definitions, strict), type);
      }
    }
  }
  if (definitions.signals.size > 0) {
    written.registerVariable({ name: 'signals', schema: Object.fromEntries(definitions.signals) });
    for (const [name, type] of definitions.signals) flat.registerVariable(flatSignal(name), type);
  }
  return { definitions, written, flat };
}

export function flatFact(name: string): string {
  return name.replace('.', '__');
}

export function flatSignal(name: string): string {
  return `signals__${name}`;
}

/** `strict`: fails, so that a signal's default is taken, where something else stands in for what was asked. */
export function flatCall(call: Call, definitions: Omit<Definitions, 'signals'>, strict: boolean): string {
  const of = definedFor(call.function);
  return `${call.function}${strict && of === 'topics' ? '_strict' : ''}__${definitions[of].indexOf(call.argument)}`;
}

export function definedFor(name: PolicyFunction['name']): PolicyFunction['of'] {
  return FUNCTIONS.find((one) => one.name === name)?.of ?? 'keywords';
}
