// The caller's bytes with the chosen model's name in them; everything else stays as it was sent.
import type { ChatRequest } from '../workload/index.ts';

const KEY = Buffer.from('"model"');
const WHITE = new Set([0x20, 0x09, 0x0a, 0x0d]);
const COLON = 0x3a;

/** `askLogprobs`: also ask for log-probabilities (costs a new serialisation). */
export function rewriteBody(request: ChatRequest, model: string, askLogprobs: boolean): Buffer {
  const { body, bytes } = request;
  if (askLogprobs) return Buffer.from(JSON.stringify({ ...body, model, logprobs: true }));
  if (body.model === model) return bytes;
  return spliceModel(bytes, body.model, model) ?? Buffer.from(JSON.stringify({ ...body, model }));
}

/**
 * Replaces the value in place if `"model"` stands in the bytes exactly once; writing the JSON anew costs 16 % of a request.
 * undefined: it stands there more often (a prompt that quotes JSON, a key given twice) or in another spelling.
 */
function spliceModel(bytes: Buffer, from: string, to: string): Buffer | undefined {
  const key = bytes.indexOf(KEY);
  if (key < 0 || bytes.indexOf(KEY, key + KEY.length) >= 0) return undefined;
  let at = skipWhite(bytes, key + KEY.length);
  if (bytes[at] !== COLON) return undefined;
  at = skipWhite(bytes, at + 1);
  const value = Buffer.from(JSON.stringify(from));
  if (bytes.compare(value, 0, value.length, at, Math.min(bytes.length, at + value.length)) !== 0) return undefined;
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(JSON.stringify(to)), bytes.subarray(at + value.length)]);
}

function skipWhite(bytes: Buffer, from: number): number {
  let at = from;
  while (WHITE.has(bytes[at] ?? 0)) at++;
  return at;
}
