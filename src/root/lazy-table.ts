// The wordpiece table of a process: read when somebody first asks for it, and once, for it takes some 4 MB.
import { loadWordpieceTable, type WordpieceTable } from '../embedding/index.ts';

/** `path`: an operator's own (SLUICE_TABLE), read at once: one that cannot be read is said now, not when the first policy asks. */
export function lazyTable(path: string | undefined): () => WordpieceTable {
  let table = path === undefined ? undefined : loadWordpieceTable(path);
  return () => (table ??= loadWordpieceTable());
}
