// The reader of streams: every byte but the usage event's stays, usage and events are counted, all of it for every chunking.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StreamReader } from './stream-reader.ts';

const content = (text: string): string =>
  `data: {"id":"1","choices":[{"index":0,"delta":{"content":${JSON.stringify(text)}}}],"usage":null}\n\n`;
const usage = 'data: {"id":"1","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}\n\n';
const done = 'data: [DONE]\n\n';
const role = 'data: {"choices":[{"delta":{"role":"assistant"}}]}\n\n';
const finish = 'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n';

function read(reader: StreamReader, bytes: Buffer, cuts: readonly number[] = []): string {
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  const out = edges.slice(1).map((edge, i) => reader.push(bytes.subarray(edges[i], edge)));
  return Buffer.concat([...out, reader.end()]).toString('utf8');
}

const stripped = (bytes: Buffer, cuts: readonly number[] = []): string => read(new StreamReader(true), bytes, cuts);

const harmless = fc.oneof(
  fc.string().map(content),
  fc.constantFrom(
    ': a comment\n\n',
    done,
    'event: ping\ndata: {}\n\n',
    // No choices and no usage (a content filter's result), and text that only looks like the usage event.
    'data: {"choices":[],"prompt_filter_results":[]}\n\n',
    'data: {"choices":[],"usage":null}\n\n',
    'data: {"choices":[], broken "usage":{\n\n',
    content('"choices":[],"usage":{"prompt_tokens":1}'),
    '\n\n',
  ),
);

describe('what passes', () => {
  it('is everything when nothing is taken out, for every chunking', () => {
    fc.assert(
      fc.property(fc.array(harmless), fc.string(), fc.array(fc.nat()), fc.boolean(), (events, tail, cuts, crlf) => {
        const text = [...events, usage].join('') + tail;
        const sent = crlf ? text.replaceAll('\n', '\r\n') : text;
        expect(read(new StreamReader(false), Buffer.from(sent), cuts)).toBe(Buffer.from(sent).toString('utf8'));
      }),
    );
  });

  it('goes on at once, cut in the middle of an event or not, when nothing is taken out', () => {
    const reader = new StreamReader(false);
    for (const piece of ['data: {"cho', 'ices":[]', '}\n', '\n']) {
      expect(reader.push(Buffer.from(piece)).toString()).toBe(piece);
    }
    expect(reader.end().length).toBe(0);
  });

  it('is everything of a stream without a usage event, for every chunking', () => {
    fc.assert(
      fc.property(fc.array(harmless), fc.string(), fc.array(fc.nat()), fc.boolean(), (events, tail, cuts, crlf) => {
        const text = events.join('') + tail.replaceAll('\n', ' ');
        const sent = crlf ? text.replaceAll('\n', '\r\n') : text;
        expect(stripped(Buffer.from(sent), cuts)).toBe(sent);
      }),
    );
  });

  it('is everything but usage events wherever they stand, for every chunking', () => {
    fc.assert(
      fc.property(
        fc.array(harmless),
        fc.array(harmless),
        fc.array(fc.nat()),
        fc.boolean(),
        (before, after, cuts, crlf) => {
          const ends = (text: string): string => (crlf ? text.replaceAll('\n', '\r\n') : text);
          const sent = ends([...before, usage, ...after].join(''));
          expect(stripped(Buffer.from(sent), cuts)).toBe(ends([...before, ...after].join('')));
        },
      ),
    );
  });

  it('is whole events at once; only the beginning of the next is held back', () => {
    const reader = new StreamReader(true);
    const [one, two] = [content('a'), content('b')];
    expect(reader.push(Buffer.from(one + two.slice(0, 20))).toString()).toBe(one);
    expect(reader.push(Buffer.from(two.slice(20))).toString()).toBe(two);
    expect(reader.push(Buffer.from(usage + done)).toString()).toBe(done);
    expect(reader.end().length).toBe(0);
  });

  it('lacks a usage event that its server left without a blank line', () => {
    const reader = new StreamReader(true);
    expect(reader.push(Buffer.from(content('a') + usage.trimEnd())).toString()).toBe(content('a'));
    expect(reader.end().length).toBe(0);
    expect(reader.usage).toMatchObject({ inputTokens: 3, outputTokens: 2 });
  });

  it('does not wait for the end of an event that is too long to be held, and reads on after it', () => {
    const long = content('x'.repeat(200_000));
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 201_000 }), { maxLength: 12 }), fc.boolean(), (cuts, crlf) => {
        const ends = (text: string): string => (crlf ? text.replaceAll('\n', '\r\n') : text);
        const reader = new StreamReader(true);
        expect(read(reader, Buffer.from(ends(long + content('y') + usage + done)), cuts)).toBe(
          ends(long + content('y') + done),
        );
        expect(reader.usage).toMatchObject({ inputTokens: 3, outputTokens: 2 });
      }),
      { numRuns: 30 },
    );
    const reader = new StreamReader(true);
    expect(reader.push(Buffer.from(long.slice(0, 150_000))).length).toBe(150_000);
  });
});

describe('an end', () => {
  const ended = (text: string, cuts: readonly number[] = []): StreamReader => {
    const reader = new StreamReader(true);
    read(reader, Buffer.from(text), cuts);
    return reader;
  };

  it.each([
    ['[DONE]', content('a') + finish + done, true],
    ['[DONE] without its blank line', content('a') + finish + done.trimEnd(), true],
    ['the finish alone', content('a') + finish, true],
    ['usage alone', content('a') + usage, true],
    ['a comment after [DONE]', `${content('a')}${finish}${done}: bye\n`, true],
    ['[DONE] in one piece with a comment before it', `: hello\n\n${done}`, true],
    ['nothing said', content('a'), false],
    ['half an event', content('a') + content('b').slice(0, 20), false],
    ['half an event after the finish', content('a') + finish + usage.slice(0, 30), false],
    ['nothing at all', '', false],
  ])('%s', (_what, text, complete) => {
    expect(ended(text).complete).toBe(complete);
  });

  it('with an error in the stream is a failure, however it is cut; speaking of errors is none', () => {
    const failure = 'data: {"error":{"message":"out of memory"}}\n\n';
    fc.assert(
      fc.property(fc.array(fc.nat()), (cuts) => {
        expect(ended(content('a') + failure + done, cuts).failed).toBe(true);
        expect(ended(content('{"error"') + done, cuts).failed).toBe(false);
      }),
    );
  });
});

describe('what is counted', () => {
  it.each([
    ['LF', '\n'],
    ['CR LF', '\r\n'],
  ])('one token an event (%s), whatever the chunks', (_what, end) => {
    const events = [role, ...Array.from({ length: 9 }, (_, i) => content(`w${i} "usage": é`)), finish, done];
    const bytes = Buffer.from(events.join('').replaceAll('\n', end));
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 5_000 }), { maxLength: 30 }), fc.boolean(), (cuts, strip) => {
        const reader = new StreamReader(strip);
        read(reader, bytes, cuts);
        expect(reader.estimatedOutputTokens(3)).toBe(9);
        expect(reader.usage).toBeUndefined();
      }),
    );
  });

  it('the last usage that is reported, with the tokens that came from a cache', () => {
    const later =
      'data: {"choices":[],"usage": {"prompt_tokens":11,"completion_tokens":7,"prompt_tokens_details":{"cached_tokens":4}}}\n\n';
    fc.assert(
      fc.property(fc.array(fc.nat()), fc.boolean(), (cuts, strip) => {
        const reader = new StreamReader(strip);
        read(reader, Buffer.from(content('a') + usage + later + done), cuts);
        expect(reader.usage).toEqual({ inputTokens: 11, cachedInputTokens: 4, outputTokens: 7 });
      }),
    );
  });

  it('the usage event alone, where a stream ends its lines in two ways', () => {
    const rest = `${content('a')}${done}`;
    expect(stripped(Buffer.from(usage.replaceAll('\n', '\r\n') + content('a').replaceAll('\n', '\r\n') + done))).toBe(
      content('a').replaceAll('\n', '\r\n') + done,
    );
    expect(stripped(Buffer.from(`${usage}: proxy\r\n\r\n${rest}`))).toBe(`: proxy\r\n\r\n${rest}`);
  });

  it('a failure where an event is an error, and none where an event only holds one', () => {
    const failed = (text: string): boolean => {
      const reader = new StreamReader(false);
      read(reader, Buffer.from(text), [5, 9, 20]);
      return reader.failed;
    };
    for (const text of [
      'data: {"error":{}}\n\n',
      'data:{"error":{}}\n\n',
      'event: error\r\ndata: {"error":1}\r\n\r\n',
    ]) {
      expect([text, failed(role + text + done)]).toEqual([text, true]);
    }
    for (const text of ['data: {"choices":[],"x":{"error":1}}\n\n', content('{"error":1}'), ': {"error":1}\n\n']) {
      expect([text, failed(text + done)]).toEqual([text, false]);
    }
  });

  it('no usage in an answer that speaks of it, in nonsense, or in nothing', () => {
    for (const text of [
      content('"usage":{"prompt_tokens":1,"completion_tokens":1}'),
      'data: {"usage":{"prompt_tokens":"1"}}\n\n',
      'data: {"usage":\n\n',
      '',
    ]) {
      const reader = new StreamReader(true);
      read(reader, Buffer.from(text));
      expect(reader.usage).toBeUndefined();
    }
  });
});
