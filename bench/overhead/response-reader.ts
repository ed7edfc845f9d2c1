// Finds where an HTTP answer ends, and nothing else: the load generator must cost less than what it measures.

/** The last chunk of a chunked body, with the end of the chunk before it. */
const LAST_CHUNK = Buffer.from('\r\n0\r\n\r\n');

export interface ResponseReader {
  /** True when the answer is whole. One answer at a time: the next request follows the last answer. */
  see(chunk: Buffer): boolean;
  /** Of the answer that is being read or was read last; 0 before its head. */
  readonly status: number;
}

/**
 * Knows `content-length` and `chunked`. The end of a chunked body is looked for at the end of what was read, without
 * walking the chunks: right as long as no chunk's data ends in CR LF 0 CR LF CR LF, and ours end in LF LF.
 */
export function createResponseReader(): ResponseReader {
  let head: Buffer | undefined;
  let inBody = false;
  let status = 0;
  let chunked = false;
  let left = 0;
  let tail: Buffer = Buffer.alloc(0);

  function takeHead(chunk: Buffer): Buffer | undefined {
    const bytes = head === undefined ? chunk : Buffer.concat([head, chunk]);
    const end = bytes.indexOf('\r\n\r\n');
    if (end < 0) {
      head = bytes;
      return undefined;
    }
    head = undefined;
    const text = bytes.toString('latin1', 0, end);
    status = Number(text.slice(9, 12));
    const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1];
    chunked = length === undefined;
    left = Number(length ?? 0);
    inBody = true;
    // With the end of the head: an empty chunked body has no other CR LF before its last chunk.
    tail = bytes.subarray(end + 2, end + 4);
    return bytes.subarray(end + 4);
  }

  function chunkedEnds(body: Buffer): boolean {
    const last = body.length >= LAST_CHUNK.length ? body : Buffer.concat([tail, body]);
    tail = Buffer.from(last.subarray(-LAST_CHUNK.length));
    return tail.equals(LAST_CHUNK);
  }

  return {
    get status() {
      return status;
    },
    see: (chunk) => {
      const body = inBody ? chunk : takeHead(chunk);
      if (body === undefined) return false;
      left -= body.length;
      const whole = chunked ? chunkedEnds(body) : left <= 0;
      if (whole) inBody = false;
      return whole;
    },
  };
}
