// /proc as it is written, strange program names included.
import { expect, test } from 'vitest';
import { cpuSeconds, parseCpuSeconds, parseRssMiB, rssMiB } from './proc.ts';

test('user and system time are fields 14 and 15, whatever the program is called', () => {
  const rest = 'S 1 2 3 0 -1 4194304 9 0 0 0 250 50 7 8 20 0 11 0 12345 1000 200';
  expect(parseCpuSeconds(`42 (node) ${rest}`)).toBe(3);
  expect(parseCpuSeconds(`42 (a (b) 1 2) ${rest}`)).toBe(3);
});

test('resident memory is in MiB', () => {
  expect(parseRssMiB('Name:\tnode\nVmHWM:\t  99999 kB\nVmRSS:\t  51200 kB\nRssAnon:\t 1 kB\n')).toBe(50);
  expect(parseRssMiB('Name:\tzombie\n')).toBeNaN();
});

test('no such process: NaN, and this one has used time and memory', () => {
  expect(cpuSeconds(2 ** 22 + 1)).toBeNaN();
  expect(cpuSeconds(process.pid)).toBeGreaterThan(0);
  expect(rssMiB(process.pid)).toBeGreaterThan(10);
});
