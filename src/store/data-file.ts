// A look at LMDB's data file before LMDB maps it, because LMDB trusts it: a foreign or cut file kills the process instead of throwing.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const NO_PAGE = 0xffff_ffff_ffff_ffffn;
/** Of MDB_meta in lmdb-js 3.5's mdb.c, 64-bit little endian, from the start of its page. */
const AT = { magic: 24, version: 28, pageSize: 48, freeRoot: 88, mainRoot: 136, transaction: 152, end: 160 };

interface Meta {
  readonly transaction: bigint;
  readonly roots: readonly bigint[];
}

/**
 * Says what is wrong with the file, or undefined when LMDB may have it; an empty file is a new store. Both meta pages must be LMDB's, and the
 * trees of the newer one must begin inside the file. Damage further down is found by LMDB when it reads there. Throws what opening a file throws.
 */
export function flawOf(path: string): string | undefined {
  // Other layouts of the meta page: no check is better than a wrong one.
  if (process.arch !== 'x64' && process.arch !== 'arm64') return undefined;
  const file = openSync(path, 'r');
  try {
    if (fstatSync(file).size === 0) return undefined;
    const first = Buffer.alloc(AT.end);
    readSync(file, first, 0, AT.end, 0);
    const pageSize = first.readUInt32LE(AT.pageSize);
    const second = Buffer.alloc(AT.end);
    readSync(file, second, 0, AT.end, pageSize);
    const [a, b] = [metaOf(first), metaOf(second)];
    if (a === undefined || b === undefined) return 'data.mdb is damaged or is not an LMDB file';
    const { roots } = a.transaction > b.transaction ? a : b;
    // After the meta pages: a live writer makes the file longer first and points to the new pages then.
    const pages = BigInt(Math.floor(fstatSync(file).size / pageSize));
    return roots.some((root) => root !== NO_PAGE && root >= pages) ? 'data.mdb is cut short' : undefined;
  } finally {
    closeSync(file);
  }
}

function metaOf(page: Buffer): Meta | undefined {
  if (page.readUInt32LE(AT.magic) !== MAGIC || page.readUInt16LE(AT.version) !== DATA_VERSION) return undefined;
  return {
    transaction: page.readBigUInt64LE(AT.transaction),
    roots: [page.readBigUInt64LE(AT.freeRoot), page.readBigUInt64LE(AT.mainRoot)],
  };
}
