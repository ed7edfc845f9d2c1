// Functions of a bundle under the names of the files that they come from.
import { SourceMap } from 'node:module';
import { expect, test } from 'vitest';
import type { CpuProfile } from './profile-summary.ts';
import { unbundle } from './unbundle.ts';

const frame = (url: string) => ({ functionName: 'f', url, lineNumber: 0, columnNumber: 8 });

test('a function of a file with a map stands where the map says, every other where it stood', () => {
  const bundle = 'file:///x/dist/chunks/a.js';
  const profile: CpuProfile = {
    nodes: [
      { id: 1, callFrame: frame(bundle) },
      { id: 2, callFrame: frame('node:events') },
    ],
    startTime: 0,
    endTime: 1,
    samples: [],
    timeDeltas: [],
  };
  // Column 8 of the first line: line 3, column 2 of the source, both from 0.
  const map = { version: 3, file: 'a.js', sources: ['../../src/pool/lease.ts'], names: [], mappings: 'QAGE' };
  const payload = { ...map, sourcesContent: [], sourceRoot: '' };
  const { nodes } = unbundle(profile, (url) => (url === bundle ? new SourceMap(payload) : undefined));
  expect(nodes.map(({ callFrame }) => [callFrame.url, callFrame.lineNumber])).toEqual([
    ['../../src/pool/lease.ts', 3],
    ['node:events', 0],
  ]);
});
