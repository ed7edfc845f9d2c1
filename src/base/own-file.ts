// Where files of ours lie that are read or started by name at run time: beside the sources, and in dist/ under the same paths.

/** Tests and benchmarks run the sources as they are. */
export const FROM_SOURCES: boolean = import.meta.url.endsWith('.ts');

/** `path`: from `src/` on. In dist/ this module is part of a file that lies one folder deep, as it does here (build.mjs). */
export function ownFile(path: string): URL {
  return new URL(`../${path}`, import.meta.url);
}
