// In which order signals can be computed: each after those that it asks.
import { Environment } from '@marcbachmann/cel-js';

const parser = new Environment({ unlistedVariablesAreDyn: true });

export interface SignalOrder {
  readonly order: readonly string[];
  /** Of each cycle one signal, and the way round from it to itself. */
  readonly cycles: readonly { readonly name: string; readonly path: readonly string[] }[];
}

export function signalOrder(signals: ReadonlyMap<string, { readonly value: string } | undefined>): SignalOrder {
  const asked = new Map(
    [...signals].map(([name, signal]) => [name, signal === undefined ? [] : namesIn(signal.value)]),
  );
  const order: string[] = [];
  const cycles: { name: string; path: readonly string[] }[] = [];
  const done = new Set<string>();
  const visit = (name: string, way: readonly string[]): void => {
    if (way.includes(name)) {
      cycles.push({ name, path: [...way.slice(way.indexOf(name)), name] });
      return;
    }
    if (done.has(name)) return;
    for (const next of asked.get(name) ?? []) if (asked.has(next)) visit(next, [...way, name]);
    if (!done.has(name)) order.push(name);
    done.add(name);
  };
  for (const name of asked.keys()) visit(name, []);
  return { order, cycles };
}

/** What stands behind `signals.` in an expression; nothing where it cannot be read. */
function namesIn(source: string): readonly string[] {
  const found = new Set<string>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) {
      for (const one of value) visit(one);
      return;
    }
    if (typeof value !== 'object' || value === null || !('op' in value)) return;
    const { op, args } = value as { readonly op: unknown; readonly args: unknown };
    const [target, field] = op === '.' && Array.isArray(args) ? (args as readonly unknown[]) : [];
    const { op: kind, args: name } = (target ?? {}) as { readonly op?: unknown; readonly args?: unknown };
    if (kind === 'id' && name === 'signals' && typeof field === 'string') found.add(field);
    visit(args);
  };
  try {
    visit(parser.parse(source).ast);
  } catch {
    // Said with its place when it is compiled.
  }
  return [...found];
}
