// Every character of a scalar's value is found again in the source, whatever style it is written in.
import { array, assert, constantFrom, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isMap, isScalar, parseDocument, stringify, type Scalar } from 'yaml';
import { scalarOffset } from './scalar-offset.ts';

function scalarOf(source: string): Scalar {
  const { contents } = parseDocument(source);
  const value = isMap(contents) ? contents.items[0]?.value : undefined;
  if (!isScalar(value)) throw new Error(`no scalar in ${source}`);
  return value;
}

describe('scalarOffset', () => {
  it.each([
    ['plain', 'when: a && X'],
    ['plain over lines', 'when: a &&\n    b\n\n    && X'],
    ['anchored', 'when: &w a X'],
    ['tagged', 'when: !!str a X'],
    ['double-quoted', String.raw`when: "\"a\" == \u0041 \x41 \U0001F600 \\ X"`],
    ['double-quoted over lines', 'when: "a\n  b \\\n  c\n\n  X"'],
    ['single-quoted', "when: 'it''s ''X'''"],
    ['literal', 'when: |\n  a\n\n    b\n  X'],
    ['literal, CRLF', 'when: |\r\n  a\r\n  X\r\n'],
    ['folded', 'when: >-\n  a\n  b\n\n\n  c\n  X'],
  ])('%s', (_style, source) => {
    const node = scalarOf(source);
    expect(scalarOffset(source, node, String(node.value).indexOf('X'))).toBe(source.indexOf('X'));
  });

  it('stays within the source past the end of the value', () => {
    for (const source of ['when: ab', 'when: "ab"', 'when: |\n  ab']) {
      expect(scalarOffset(source, scalarOf(source), 99)).toBeLessThanOrEqual(source.length);
    }
    expect(scalarOffset('when: "ab"', scalarOf('when: "ab"'), 2)).toBe(9);
  });

  it('finds every visible character of any text in any style', () => {
    const piece = constantFrom('a', 'bc', '"', "'", '\\', '#', ' ', '\n', ': ', 'é', '😀', '\t');
    const style = constantFrom('PLAIN', 'QUOTE_DOUBLE', 'QUOTE_SINGLE', 'BLOCK_LITERAL');
    assert(
      property(array(piece, { minLength: 1, maxLength: 12 }), style, (pieces, defaultStringType) => {
        const source = stringify({ when: `x${pieces.join('')}y` }, { defaultStringType, lineWidth: 0 });
        const node = scalarOf(source);
        const value = String(node.value);
        for (let i = 0; i < value.length; i++) {
          const char = value[i] ?? '';
          if (!/[a-z:#é]/.test(char)) continue;
          expect(source[scalarOffset(source, node, i)], `${JSON.stringify(source)} at ${i}`).toBe(char);
        }
      }),
      { numRuns: 500 },
    );
  });
});
