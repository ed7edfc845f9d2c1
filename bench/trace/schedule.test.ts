// The schedule: lengths near the trace's, no last message twice, the same for the same seed.
import { expect, it } from 'vitest';
import type { Arrival } from './arrivals.ts';
import type { Prompt } from './prompts.ts';
import { scheduleOf } from './schedule.ts';

const PROMPTS: readonly Prompt[] = Array.from({ length: 60 }, (_, i) => ({
  text: `prompt ${i}`,
  tokens: 20 + 10 * i,
  scores: [0, 1],
}));
const ARRIVALS: readonly Arrival[] = Array.from({ length: 400 }, (_, i) => ({
  atSeconds: i / 5,
  inputTokens: 30 + ((i * 37) % 4000),
  outputTokens: (i * 13) % 900,
}));
const OPTIONS = { seed: 1, mostOutput: 600, streamShare: 0.6, sessionShare: 0.4, feedbackShare: 0.5 };
const PLANNED = scheduleOf(ARRIVALS, PROMPTS, OPTIONS);

it('keeps times and answer lengths, the latter within 1 and the most', () => {
  expect(PLANNED.map(({ atMs }) => atMs)).toEqual(ARRIVALS.map(({ atSeconds }) => atSeconds * 1000));
  expect(PLANNED.map(({ outputTokens }) => outputTokens)).toEqual(
    ARRIVALS.map(({ outputTokens }) => Math.min(600, Math.max(1, outputTokens))),
  );
});

it('makes conversations about as long as the trace says', () => {
  const long = PLANNED.flatMap((one, i) => {
    const wanted = ARRIVALS[i]?.inputTokens ?? 0;
    return wanted > 200 && wanted < 2000 ? [one.inputTokens / wanted] : [];
  });
  expect(Math.max(...long)).toBeLessThanOrEqual(1.05);
  expect(long.reduce((sum, share) => sum + share, 0) / long.length).toBeGreaterThan(0.75);
});

it('ends every conversation with another last message, in turns of user and assistant', () => {
  expect(new Set(PLANNED.map(({ prompt }) => prompt)).size).toBe(ARRIVALS.length);
  for (const { messages, prompt } of PLANNED) {
    expect(messages.at(-1)).toEqual({ role: 'user', content: prompt });
    expect(messages.every(({ role }, i) => role === (i % 2 === 0 ? 'user' : 'assistant'))).toBe(true);
  }
});

it('mixes by its shares and repeats by its seed', () => {
  const share = (of: (one: (typeof PLANNED)[number]) => boolean): number => PLANNED.filter(of).length / PLANNED.length;
  // Three standard deviations of a share of 400.
  const near = 0.075;
  expect(Math.abs(share(({ stream }) => stream) - 0.6)).toBeLessThan(near);
  expect(Math.abs(share(({ session }) => session !== undefined) - 0.4)).toBeLessThan(near);
  expect(Math.abs(share(({ feedback }) => feedback) - 0.5)).toBeLessThan(near);
  expect(scheduleOf(ARRIVALS, PROMPTS, OPTIONS)).toEqual(PLANNED);
  expect(scheduleOf(ARRIVALS, PROMPTS, { ...OPTIONS, seed: 2 })).not.toEqual(PLANNED);
});
