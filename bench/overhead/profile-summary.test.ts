// Whose time it was: rooms, packages, and what they called of node.
import { expect, test } from 'vitest';
import { flameGraph } from './flame.ts';
import { ownerOf, summariseTree, toTree, type CpuProfile } from './profile-summary.ts';

const frame = (functionName: string, url: string) => ({ functionName, url, lineNumber: 9, columnNumber: 4 });

test('owners by the file that a function stands in', () => {
  expect(ownerOf(frame('f', 'file:///tmp/x/dist/gateway/http/relay.js'))).toEqual({ kind: 'room', name: 'gateway' });
  expect(ownerOf(frame('f', 'file:///w/src/workload/a.ts'))).toEqual({ kind: 'room', name: 'workload' });
  expect(ownerOf(frame('f', 'file:///tmp/x/dist/main.js'))).toEqual({ kind: 'room', name: 'main' });
  expect(ownerOf(frame('f', '/w/node_modules/a/node_modules/@b/c/dist/x.js'))).toEqual({
    kind: 'package',
    name: '@b/c',
  });
  expect(ownerOf(frame('emit', 'node:events')).kind).toBe('node');
  expect(ownerOf(frame('writev', '')).kind).toBe('native');
  expect(ownerOf(frame('wasm-function[5]', 'wasm://wasm/ea75fc12'))).toEqual({ kind: 'native', name: 'WebAssembly' });
  expect(ownerOf(frame('(idle)', '')).kind).toBe('idle');
});

const profile: CpuProfile = {
  startTime: 1_000,
  endTime: 2_000,
  nodes: [
    { id: 1, callFrame: frame('(root)', ''), children: [2, 3, 6] },
    { id: 2, callFrame: frame('(idle)', '') },
    { id: 3, callFrame: frame('serve', 'file:///x/dist/gateway/serve.js'), children: [4] },
    { id: 4, callFrame: frame('concat', 'node:buffer'), children: [5] },
    { id: 5, callFrame: frame('copy', '') },
    { id: 6, callFrame: frame('(garbage collector)', '') },
  ],
  samples: [3, 3, 4, 5, 6, 2, 3],
  timeDeltas: [0, 100, 100, 100, 100, 100, 100],
};

test('native code is charged to the room that called it; idle and what lies outside the window do not count', () => {
  // From the second sample on.
  const summary = summariseTree(toTree(profile, 1_100, 1_600));
  expect(summary.busySeconds).toBeCloseTo(400e-6);
  expect(summary.idleShare).toBeCloseTo(0.2);
  const share = (name: string) => summary.owners.find((owner) => owner.name === name);
  expect(share('gateway')).toMatchObject({ self: 0.25, charged: 0.75 });
  expect(share('node internals')).toMatchObject({ self: 0.25, charged: 0 });
  expect(share('garbage collection')).toMatchObject({ self: 0.25, charged: 0.25 });
  expect(summary.functions.find(({ name }) => name === 'serve')).toMatchObject({
    where: 'gateway/serve.js:10',
    self: 0.25,
    total: 0.75,
  });
});

test('the flame graph draws every call path that is wide enough, escaped', () => {
  const nodes = toTree(
    {
      ...profile,
      nodes: profile.nodes.map((n) =>
        n.id === 3 ? { ...n, callFrame: frame('a<b', 'file:///x/dist/gateway/s.js') } : n,
      ),
    },
    0,
    9_999,
  );
  const svg = flameGraph(nodes, 'a title');
  expect(svg).toContain('a&lt;b');
  expect(svg).toContain('garbage collector');
  expect(svg).not.toContain('(idle)');
});
