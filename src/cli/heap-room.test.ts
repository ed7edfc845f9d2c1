// Room for the heap: a flag of V8 that this engine knows, and what node was started with has the say.
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { giveHeapRoom } from './heap-room.ts';

describe('room for the heap', () => {
  it.each([
    [[], ['--heap-growing-percent=100']],
    [['--max-old-space-size=512'], ['--heap-growing-percent=100']],
    [['--heap-growing-percent=50'], []],
  ])('node %j: sets %j', (given, expected) => {
    const set: string[] = [];
    giveHeapRoom(given, (flag) => void set.push(flag));
    expect(set).toEqual(expected);
  });

  it('is by a flag that this engine knows', () => {
    let flag = '';
    giveHeapRoom([], (text) => (flag = text));
    const { stderr, status } = spawnSync(process.execPath, [flag, '--eval', ''], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });
});
