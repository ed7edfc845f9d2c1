// What a test expects of a decision against what was decided: each expectation that does not hold, with both sides.
import type { OfflineDecision } from '../../root/index.ts';
import { explain, type Decision } from '../../router/index.ts';
import type { Expectations, Path } from '../../policy/index.ts';

export interface Unmet {
  /** Below the test's `expect`. */
  readonly path: Path;
  readonly expected: string;
  readonly found: string;
}

type Decided = Extract<OfflineDecision, { kind: 'decided' }>;

export function unmet(expect: Expectations, outcome: OfflineDecision): readonly Unmet[] {
  if (outcome.kind === 'refused') {
    const { code, message } = outcome.error;
    const found = `error ${code}: ${message}`;
    if (expect.error === code) return [];
    if (expect.error !== undefined) return [{ path: ['error'], expected: expect.error, found }];
    return [{ path: [], expected: 'a decision', found }];
  }
  const { decision } = outcome;
  if (expect.error !== undefined) {
    return [{ path: ['error'], expected: expect.error, found: `route ${decision.route}, ${decision.reason}` }];
  }
  return [...unmetNames(expect, decision), ...unmetPieces(expect, decision), ...unmetNumbers(expect, outcome)];
}

/** Routes and pools. */
function unmetNames(expect: Expectations, decision: Decision): readonly Unmet[] {
  const found: Unmet[] = [];
  const same = (key: keyof Expectations, expected: string | undefined, actual: string): void => {
    if (expected !== undefined && expected !== actual) found.push({ path: [key], expected, found: actual });
  };
  const list = (key: keyof Expectations, expected: readonly string[] | undefined, actual: readonly string[]): void =>
    same(key, expected && listed(expected), listed(actual));
  const set = (key: keyof Expectations, expected: readonly string[] | undefined, actual: readonly string[]): void =>
    list(key, expected?.toSorted(), actual.toSorted());
  const { stages, candidates, confined } = decision;
  const [first] = stages;
  const { arm } = expect;
  same('route', expect.route, decision.route);
  same('strategy', expect.strategy, decision.strategy);
  if (typeof arm !== 'object') same('arm', arm, first.pool);
  else if (!arm.includes(first.pool)) found.push({ path: ['arm'], expected: arm.join(' or '), found: first.pool });
  list(
    'stages',
    expect.stages,
    stages.map(({ pool }) => pool),
  );
  list('fallbacks', expect.fallbacks, stages.at(-1)?.fallbacks ?? []);
  set(
    'eligible',
    expect.eligible,
    candidates.flatMap(({ pool, excluded, fallbackOnly }) => (excluded === undefined && !fallbackOnly ? [pool] : [])),
  );
  set('confined', expect.confined, confined?.by ?? []);
  return found;
}

/** Parts of what is said. */
function unmetPieces(expect: Expectations, decision: Decision): readonly Unmet[] {
  const found: Unmet[] = [];
  for (const [pool, piece] of Object.entries(expect.excluded ?? {})) {
    const candidate = decision.candidates.find((one) => one.pool === pool);
    const actual = candidate === undefined ? 'not a pool of this route' : (candidate.excluded ?? 'not ruled out');
    if (candidate?.excluded?.includes(piece) !== true)
      found.push({ path: ['excluded', pool], expected: containing(piece), found: actual });
  }
  for (const [route, piece] of Object.entries(expect.passedOver ?? {})) {
    const actual = decision.passedOver.find((one) => one.route === route)?.why;
    if (actual?.includes(piece) !== true)
      found.push({ path: ['passedOver', route], expected: containing(piece), found: actual ?? 'not passed over' });
  }
  const lines = explain(decision);
  for (const [i, piece] of (expect.reasons ?? []).entries()) {
    if (!lines.some((line) => line.includes(piece)))
      found.push({ path: ['reasons', i], expected: containing(piece), found: 'no such reason' });
  }
  return found;
}

function unmetNumbers(expect: Expectations, { decision, facts }: Decided): readonly Unmet[] {
  const found: Unmet[] = [];
  for (const [pool, { min = 0, max = 1 }] of Object.entries(expect.propensity ?? {})) {
    const chance = decision.candidates.find((one) => one.pool === pool)?.propensity ?? 0;
    if (chance < min || chance > max)
      found.push({ path: ['propensity', pool], expected: `${min} to ${max}`, found: chance.toFixed(4) });
  }
  for (const [name, value] of Object.entries(expect.facts ?? {})) {
    const actual = facts[name];
    if (JSON.stringify(actual) !== JSON.stringify(value))
      found.push({ path: ['facts', name], expected: JSON.stringify(value), found: JSON.stringify(actual) });
  }
  return found;
}

function listed(names: readonly string[]): string {
  return `[${names.join(', ')}]`;
}

function containing(piece: string): string {
  return `… ${piece} …`;
}
