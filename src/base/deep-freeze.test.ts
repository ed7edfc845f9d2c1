// Frozen means frozen, maps and inner values included; and the two clocks.
import { describe, expect, it } from 'vitest';
import { manualClock, systemClock } from './clock.ts';
import { deepFreeze } from './deep-freeze.ts';

describe('deepFreeze', () => {
  it('freezes objects, lists and what stands in them', () => {
    const value = deepFreeze({ a: { b: [1, { c: 2 }] } });
    expect(() => (value.a.b[1] = 3)).toThrow(TypeError);
    expect(() => ((value.a.b[1] as { c: number }).c = 3)).toThrow(TypeError);
  });

  it('goes into an object that was frozen shallowly', () => {
    const value = deepFreeze(Object.freeze({ inner: { n: 1 } }));
    expect(() => (value.inner.n = 2)).toThrow(TypeError);
  });

  it('seals maps and freezes their values', () => {
    const map = deepFreeze(new Map([['x', { n: 1 }]]));
    expect(() => map.set('y', { n: 2 })).toThrow('frozen');
    expect(() => map.delete('x')).toThrow('frozen');
    expect(() => map.clear()).toThrow('frozen');
    expect(() => {
      const inner = map.get('x');
      if (inner !== undefined) inner.n = 5;
    }).toThrow(TypeError);
    expect([...map]).toEqual([['x', { n: 1 }]]);
  });

  it('leaves typed arrays, functions and primitives as they are, and survives cycles', () => {
    const cyclic: { self?: unknown; data: Float32Array } = { data: Float32Array.of(1) };
    cyclic.self = cyclic;
    deepFreeze(cyclic);
    cyclic.data[0] = 2;
    expect(cyclic.data[0]).toBe(2);
    expect(Object.isFrozen(cyclic)).toBe(true);
    expect([deepFreeze(3), deepFreeze(null), deepFreeze('x')]).toEqual([3, null, 'x']);
  });
});

describe('clocks', () => {
  it('the manual one stands still until told', () => {
    const clock = manualClock(100);
    expect([clock.now(), clock.now()]).toEqual([100, 100]);
    clock.advance(50);
    expect([clock.now(), clock.monotonicMs()]).toEqual([150, 150]);
  });

  it('the system one counts from the epoch, and its durations never go back', () => {
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(30_000);
    const before = systemClock.monotonicMs();
    expect(systemClock.monotonicMs()).toBeGreaterThanOrEqual(before);
  });
});
