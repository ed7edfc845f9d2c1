// The shipped policies with lines, characters and values changed at random: a plan, or errors that point into the text; never an exception.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createRouter } from '../../src/router/index.ts';
import { runs, TIMEOUT_MS } from './runs.ts';
import { compile, SHIPPED } from './shipped.ts';

function holds(source: string): void {
  const compiled = compile(source);
  if (compiled.kind === 'invalid') expect(compiled.diagnostics.length).toBeGreaterThan(0);
  else createRouter(compiled.plan);
  const lines = source.split('\n');
  for (const { line, column } of compiled.kind === 'plan' ? compiled.warnings : compiled.diagnostics) {
    expect(Number.isInteger(line) && line >= 1 && line <= lines.length).toBe(true);
    // One past the end is where something is missing.
    expect(Number.isInteger(column) && column >= 1 && column <= (lines[line - 1]?.length ?? 0) + 1).toBe(true);
  }
}

const shipped = fc.constantFrom(...SHIPPED);
const piece = fc.oneof(
  fc.constantFrom(
    ': ',
    '\n',
    '\n  ',
    '- ',
    '{',
    '}',
    '[',
    ']',
    '&a ',
    '*a',
    '"',
    "'",
    '|',
    '#',
    '\t',
    '!!set ',
    '<<: ',
    '1e999',
    '.nan',
    'null',
  ),
  fc.string({ unit: 'binary', maxLength: 5 }),
);

/** Every place in a value, as paths. */
function placesIn(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [
    path,
    ...Object.entries(value).flatMap(([key, inner]) =>
      placesIn(inner, [...path, Array.isArray(value) ? Number(key) : key]),
    ),
  ];
}

function put(value: unknown, [step, ...rest]: readonly (string | number)[], by: unknown): unknown {
  if (step === undefined) return by;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }) as Record<
    string | number,
    unknown
  >;
  copy[step] = put(copy[step], rest, by);
  return copy;
}

const documents = SHIPPED.map((source) => {
  const value: unknown = parse(source);
  return { value, places: placesIn(value) };
});

describe('a policy', { timeout: TIMEOUT_MS }, () => {
  it('of which pieces are lost, added and moved is a plan or errors with places', () => {
    const edit = fc.tuple(fc.nat({ max: 100_000 }), fc.nat({ max: 12 }), piece);
    fc.assert(
      fc.property(shipped, fc.array(edit, { minLength: 1, maxLength: 4 }), (source, edits) => {
        let text = source;
        for (const [at, lost, added] of edits) {
          const from = at % (text.length + 1);
          text = text.slice(0, from) + added + text.slice(from + lost);
        }
        holds(text);
      }),
      runs(300),
    );
  });

  it('of which lines are lost, doubled and swapped is a plan or errors with places', () => {
    const move = fc.tuple(fc.nat({ max: 1_000 }), fc.nat({ max: 1_000 }), fc.constantFrom('lose', 'double', 'swap'));
    fc.assert(
      fc.property(shipped, fc.array(move, { minLength: 1, maxLength: 3 }), fc.boolean(), (source, moves, crlf) => {
        const lines = source.split('\n');
        for (const [a, b, how] of moves) {
          const [from, to] = [a % lines.length, b % lines.length];
          const line = lines[from] ?? '';
          if (how === 'lose') lines.splice(from, 1);
          else if (how === 'double') lines.splice(to, 0, line);
          else [lines[from], lines[to]] = [lines[to] ?? '', line];
        }
        holds(lines.join(crlf ? '\r\n' : '\n'));
      }),
      runs(300),
    );
  });

  it('as JSON with any value in any place is a plan or errors with places', () => {
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom(-1, 0, 1e308, '', 'auto', 'small', 'model == ', 'http://', 'sim://x'),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...documents),
        fc.nat({ max: 10_000 }),
        value,
        fc.boolean(),
        (document, at, by, pretty) => {
          const place = document.places[at % document.places.length] ?? [];
          holds(JSON.stringify(put(document.value, place, by), undefined, pretty ? 2 : undefined));
        },
      ),
      runs(400),
    );
  });
});
