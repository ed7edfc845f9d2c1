// The usage event goes, every other byte stays, for every chunking.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createUsageFilter } from './usage-filter.ts';

const content = (text: string): string =>
  `data: {"id":"1","choices":[{"index":0,"delta":{"content":${JSON.stringify(text)}}}],"usage":null}\n\n`;
const usage = 'data: {"id":"1","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}\n\n';
const done = 'data: [DONE]\n\n';

function filtered(bytes: Buffer, cuts: readonly number[]): string {
  const filter = createUsageFilter();
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  const out = edges.slice(1).map((edge, i) => filter.push(bytes.subarray(edges[i], edge)));
  return Buffer.concat([...out, filter.end()]).toString('utf8');
}

const harmless = fc.oneof(
  fc.string().map(content),
  fc.constantFrom(
    ': a comment\n\n',
    done,
    'event: ping\ndata: {}\n\n',
    // No choices and no usage (a content filter's result), and text that only looks like the usage event.
    'data: {"choices":[],"prompt_filter_results":[]}\n\n',
    'data: {"choices":[],"usage":null}\n\n',
    'data: {"choices":[], broken\n\n',
    content('"choices":[],"usage":{"prompt_tokens":1}'),
    '\n\n',
  ),
);

describe('the usage filter', () => {
  it('is the identity on every stream without a usage event, for every chunking', () => {
    fc.assert(
      fc.property(fc.array(harmless), fc.string(), fc.array(fc.nat()), fc.boolean(), (events, tail, cuts, crlf) => {
        const text = events.join('') + tail.replaceAll('\n', ' ');
        const sent = crlf ? text.replaceAll('\n', '\r\n') : text;
        expect(filtered(Buffer.from(sent), cuts)).toBe(sent);
      }),
    );
  });

  it('takes usage events out wherever they stand, for every chunking', () => {
    fc.assert(
      fc.property(
        fc.array(harmless),
        fc.array(harmless),
        fc.array(fc.nat()),
        fc.boolean(),
        (before, after, cuts, crlf) => {
          const ends = (text: string): string => (crlf ? text.replaceAll('\n', '\r\n') : text);
          const sent = ends([...before, usage, ...after].join(''));
          expect(filtered(Buffer.from(sent), cuts)).toBe(ends([...before, ...after].join('')));
        },
      ),
    );
  });

  it('lets a whole event go on at once and holds back only the beginning of the next', () => {
    const filter = createUsageFilter();
    const [one, two] = [content('a'), content('b')];
    expect(filter.push(Buffer.from(one + two.slice(0, 20))).toString()).toBe(one);
    expect(filter.push(Buffer.from(two.slice(20))).toString()).toBe(two);
    expect(filter.push(Buffer.from(usage + done)).toString()).toBe(done);
    expect(filter.end().length).toBe(0);
  });

  it('reads a usage event that its server left without a blank line', () => {
    const filter = createUsageFilter();
    expect(filter.push(Buffer.from(content('a') + usage.trimEnd())).toString()).toBe(content('a'));
    expect(filter.end().length).toBe(0);
  });
});
