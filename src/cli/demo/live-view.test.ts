// The live view on fixed numbers.
import { expect, it } from 'vitest';
import { DEMO_TOPICS } from '../../sim/index.ts';
import { renderFrame, renderLine, type LiveView } from './live-view.ts';
import { bar, coloured, perMillion, plain, sparkline } from './paint.ts';
import { Tally } from './tally.ts';

const POOLS = ['small', 'medium', 'large'];

/** A request every 100 ms for 30 s, topics and pools in turn; dear and half right at first, cheap and right later. */
function view(more: Partial<LiveView> = {}): LiveView {
  const tally = new Tally();
  for (let i = 0; i < 300; i++) {
    tally.answered.push({
      sentMs: i * 100,
      answeredMs: i * 100 + 50,
      topic: DEMO_TOPICS[i % DEMO_TOPICS.length] ?? '',
      group: i % 10 === 9 ? 'control' : 'routed',
      pool: POOLS[i < 150 ? 2 : i % 3] ?? '',
      score: i < 150 && i % 2 === 0 ? 0 : 1,
      costUsd: i < 150 ? 60e-6 : 20e-6,
    });
  }
  tally.feedbackSaid('counted');
  const options = { windowMs: 15_000, sliceMs: 3_000, topics: DEMO_TOPICS, pools: POOLS };
  return {
    title: 'Sluice demo',
    phase: 'sending',
    durationMs: 60_000,
    pools: POOLS,
    progress: tally.progress(30_000, options),
    ...more,
  };
}

it('draws a frame that fits 80 x 24', () => {
  const lines = renderFrame(view(), plain, 80);
  expect(lines.join('\n')).toMatchSnapshot();
  expect(lines.length).toBeLessThan(24);
  expect(Math.max(...lines.map((line) => line.trimEnd().length))).toBeLessThanOrEqual(80);
});

it('differs in colour by escape codes only', () => {
  const bare = renderFrame(view(), coloured, 80).map((line) =>
    // oxlint-disable-next-line no-control-regex -- colours are what must be gone
    line.replaceAll(/\x1b\[\d+m/g, ''),
  );
  expect(bare).toEqual(renderFrame(view(), plain, 80));
});

it('draws before anything has been answered', () => {
  const options = { windowMs: 15_000, sliceMs: 3_000, topics: DEMO_TOPICS, pools: POOLS };
  const progress = new Tally().progress(0, options);
  expect(renderFrame(view({ progress }), plain, 80).join('\n')).not.toMatch(/NaN|undefined|Infinity/);
  expect(renderLine(view({ progress }))).not.toMatch(/NaN|undefined|Infinity/);
});

it('tells an end from an early end', () => {
  expect(renderFrame(view({ phase: 'done' }), plain, 80)[1]).toMatch(/ 50 % {2}stopped after 30 s$/u);
  expect(renderFrame(view({ phase: 'done', durationMs: 30_001 }), plain, 80)[1]).toMatch(/█▏100 % {2}done in 30 s$/u);
});

it('says the same in one line', () => {
  expect(renderLine(view())).toBe(
    ' 30 s of 60 s  10.0/s  score 1.00  $20.0 per million  small 33 %, medium 33 %, large 33 %  0 failed',
  );
});

it('draws bars to an eighth, curves from low to high, and prices of every size', () => {
  expect(bar(0.5, 4)).toBe('██  ');
  expect(bar(0.001, 4)).toBe('▏   ');
  expect(bar(0, 2)).toBe('  ');
  expect(sparkline([0, undefined, 1, 2], 0, 1)).toBe('▁ ██');
  expect([4.4e-6, 64.51e-6, 12_345e-6, undefined].map(perMillion)).toEqual(['$4.40', '$64.5', '$12,345', '-']);
});
