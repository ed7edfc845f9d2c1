// Encodes a long list in chunks, with progress; what was encoded is kept in a file, so that a stopped run goes on where it was.
import { appendFileSync, existsSync, readFileSync, truncateSync } from 'node:fs';

export interface EncodeJob {
  /** Of the list. */
  readonly length: number;
  readonly dimensions: number;
  /** Vectors of the entries from `start` to before `end`. */
  readonly encode: (start: number, end: number) => Promise<readonly Float32Array[]>;
  readonly chunk: number;
  /** Little-endian f32 rows of the same list by the same encoder: its name must say so. */
  readonly file?: string | undefined;
  readonly onProgress?: (done: number) => void;
}

/** `length` x `dimensions`, row-major. */
export async function encodeList({
  length,
  dimensions,
  encode,
  chunk,
  file,
  onProgress,
}: EncodeJob): Promise<Float32Array> {
  const rows = new Float32Array(length * dimensions);
  let done = file === undefined ? 0 : readRows(file, rows, dimensions);
  while (done < length) {
    onProgress?.(done);
    const end = Math.min(length, done + chunk);
    for (const [i, vector] of (await encode(done, end)).entries()) rows.set(vector, (done + i) * dimensions);
    if (file !== undefined) {
      appendFileSync(file, new Uint8Array(rows.buffer, 4 * done * dimensions, 4 * (end - done) * dimensions));
    }
    done = end;
  }
  onProgress?.(done);
  return rows;
}

/** Returns the number of rows; a row that a stopped run wrote in part is cut off. More rows than can be are of two runs at once: none is trusted. */
function readRows(file: string, rows: Float32Array, dimensions: number): number {
  if (!existsSync(file)) return 0;
  const bytes = readFileSync(file);
  const rowBytes = 4 * dimensions;
  const whole = bytes.length > rows.byteLength ? 0 : Math.floor(bytes.length / rowBytes);
  new Uint8Array(rows.buffer).set(bytes.subarray(0, whole * rowBytes));
  truncateSync(file, whole * rowBytes);
  return whole;
}
