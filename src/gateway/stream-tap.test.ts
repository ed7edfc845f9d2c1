// The tap on a stream: usage and the number of events, the same for every chunking.
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { createStreamTap } from './stream-tap.ts';

const token = (text: string): string =>
  `data: {"choices":[{"delta":{"content":${JSON.stringify(text)}}}],"usage":null}`;
const usage = 'data: {"choices":[],"usage":{"prompt_tokens":11,"completion_tokens":7}}';
const frame = [
  'data: {"choices":[{"delta":{"role":"assistant"}}]}',
  'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}',
];

function read(
  bytes: Buffer,
  edges: readonly number[] = [],
): ReturnType<ReturnType<typeof createStreamTap>['outputTokens']> {
  const tap = createStreamTap();
  const at = [0, ...edges.map((edge) => edge % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  for (const [i, edge] of at.slice(1).entries()) tap.see(bytes.subarray(at[i], edge));
  return tap.outputTokens();
}

it.each([
  ['LF', '\n\n'],
  ['CR LF', '\r\n\r\n'],
])('estimates one token an event (%s), whatever the chunks', (_what, end) => {
  const events = [
    frame[0],
    ...Array.from({ length: 9 }, (_, i) => token(`w${i} "usage": é`)),
    frame[1],
    'data: [DONE]',
  ];
  const bytes = Buffer.from(events.map((event) => `${event}${end}`).join(''));
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 5_000 }), { maxLength: 30 }), (edges) => {
      expect(read(bytes, edges)).toEqual({ usage: undefined, estimatedOutputTokens: 9 });
    }),
  );
});

it('reads the last usage that is reported, whatever the chunks and however long the stream', () => {
  const long = Array.from({ length: 500 }, (_, i) => token(`some longer word ${i}`));
  const bytes = Buffer.from([...long, usage, 'data: [DONE]'].map((event) => `${event}\n\n`).join(''));
  expect(bytes.length).toBeGreaterThan(2 * 16 * 1024);
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 60_000 }), { maxLength: 30 }), (edges) => {
      expect(read(bytes, edges).usage).toEqual({ inputTokens: 11, outputTokens: 7 });
    }),
  );
});

it('is not fooled by an answer that speaks of usage, by nonsense, or by nothing', () => {
  const talk = token('"usage":{"prompt_tokens":1,"completion_tokens":1}');
  expect(read(Buffer.from(`${talk}\n\n`)).usage).toBeUndefined();
  expect(read(Buffer.from('data: {"usage":{"prompt_tokens":"1"}}\n\n')).usage).toBeUndefined();
  expect(read(Buffer.from('data: {"usage":\n\n')).usage).toBeUndefined();
  expect(read(Buffer.from(''))).toEqual({ usage: undefined, estimatedOutputTokens: 0 });
});
