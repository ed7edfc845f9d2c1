// Traces: what is read, what is refused, and how speed changes the times.
import { expect, it } from 'vitest';
import { firstSeconds, parseTrace } from './arrivals.ts';

const TEXT = 't_s,context_tokens,generated_tokens\n2.5,374,44\n0.5000,396,109\n62.5,91,16\n';

it('reads arrivals in the order of time', () => {
  expect(parseTrace(TEXT)).toEqual([
    { atSeconds: 0.5, inputTokens: 396, outputTokens: 109 },
    { atSeconds: 2.5, inputTokens: 374, outputTokens: 44 },
    { atSeconds: 62.5, inputTokens: 91, outputTokens: 16 },
  ]);
});

it.each(['1,2', '1,2,x', '1,2,3,4', '-1,2,3', ''])('says which line is no arrival: %j', (line) => {
  expect(() => parseTrace(`t_s,context_tokens,generated_tokens\n0,1,1\n${line}\n9,1,1\n`)).toThrow('line 3');
});

it('refuses other columns', () => {
  expect(() => parseTrace('a,b,c\n1,2,3\n')).toThrow('line 1');
});

it('begins at the first arrival and takes what comes within the time, sped up', () => {
  const trace = parseTrace(TEXT);
  expect(firstSeconds(trace, 30, 1).map(({ atSeconds }) => atSeconds)).toEqual([0, 2]);
  expect(firstSeconds(trace, 32, 2).map(({ atSeconds }) => atSeconds)).toEqual([0, 1, 31]);
  expect(firstSeconds(trace, 31, 2)).toHaveLength(2);
});
