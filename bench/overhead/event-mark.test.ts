// Marks are read back whole from every cutting of a stream.
import { expect, test } from 'vitest';
import { createMarkScanner, markOf, nowUs } from './event-mark.ts';

test('every mark once, in order, however the bytes are cut', () => {
  const times = [1, 12_345_678, 9_999_999_999_999];
  const bytes = Buffer.from(times.map((us) => `data: {"id":"x",${markOf(us)},"c":"sent_us"}\n\n`).join(''));
  for (let size = 1; size <= bytes.length; size++) {
    const scanner = createMarkScanner();
    const seen: number[] = [];
    for (let at = 0; at < bytes.length; at += size) scanner.see(bytes.subarray(at, at + size), (us) => seen.push(us));
    expect(seen, `pieces of ${size}`).toEqual(times);
  }
});

test('marks have one length, and the clock goes on', () => {
  expect(markOf(7)).toHaveLength(markOf(nowUs()).length);
  const before = nowUs();
  expect(nowUs()).toBeGreaterThanOrEqual(before);
});
