// A profile of a bundle told by the files that the bundle was made of: of whose room or package a function is stands in the source maps.
import { existsSync, readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { CallFrame, CpuProfile } from './profile-summary.ts';

type MapOf = (url: string) => SourceMap | undefined;

/** Functions of files without a map beside them stay where they are. */
export function unbundle(profile: CpuProfile, mapOf: MapOf = mapBeside): CpuProfile {
  const maps = new Map<string, SourceMap | undefined>();
  const placed = (frame: CallFrame): CallFrame => {
    const { url, lineNumber, columnNumber } = frame;
    if (!maps.has(url)) maps.set(url, mapOf(url));
    const entry = maps.get(url)?.findEntry(lineNumber, columnNumber);
    return entry !== undefined && 'originalSource' in entry
      ? { ...frame, url: entry.originalSource, lineNumber: entry.originalLine, columnNumber: entry.originalColumn }
      : frame;
  };
  return { ...profile, nodes: profile.nodes.map((node) => ({ ...node, callFrame: placed(node.callFrame) })) };
}

function mapBeside(url: string): SourceMap | undefined {
  const file = url.startsWith('file:') ? `${fileURLToPath(url)}.map` : '';
  return existsSync(file) ? new SourceMap(JSON.parse(readFileSync(file, 'utf8')) as SourceMapPayload) : undefined;
}
