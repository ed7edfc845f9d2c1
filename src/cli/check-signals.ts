// What sluice check --explain says of a plan's signals: what each is, what it costs, who asks it.
import type { Plan } from '../policy/index.ts';

export function explainSignals({ signals, routes, confine }: Plan): readonly string[] {
  const askers = (name: string): readonly string[] => [
    ...routes.flatMap(({ name: route, when }) =>
      when?.uses.signals.includes(name) === true ? [`route ${route}`] : [],
    ),
    ...confine.flatMap(({ name: rule, when }) => (when?.uses.signals.includes(name) === true ? [`rule ${rule}`] : [])),
    ...[...signals.values()].flatMap((other) => (other.uses.signals.includes(name) ? [`signal ${other.name}`] : [])),
  ];
  return [...signals.values()].map(({ name, type, cost, source, default: fallback, deadlineMs }) => {
    const wait = cost === 'encoder' ? ` after ${deadlineMs} ms` : '';
    const given = typeof fallback === 'bigint' ? String(fallback) : JSON.stringify(fallback);
    const asked = askers(name).join(', ');
    return `signal ${name}: ${type}, ${cost}, ${given} where it cannot be told${wait}; asked by ${asked || 'nobody'}: ${source}`;
  });
}
