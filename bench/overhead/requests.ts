// The requests of a cell as bytes, made before the clock runs: 200 different bodies of exactly the same length.
import { seededRandom } from '../../src/base/index.ts';
import { promptOf } from './prompts.ts';
import type { Answering } from './types.ts';

const BODIES = 200;
const SEED = 20_260_701;
export const PATH = '/v1/chat/completions';
/** What the upstream answers, in words that cross every subject: it reads no bodies. */
export const KIND_HEADER = 'x-bench';

/** A body of exactly `bytes` bytes; from about 150 on there is room for a prompt. */
export function bodyOf(bytes: number, answering: Answering, prompt: (characters: number) => string): string {
  const write = (content: string): string =>
    JSON.stringify({
      model: 'auto',
      stream: answering === 'sse',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content },
      ],
    });
  return write(prompt(Math.max(1, bytes - write('').length)));
}

/** Of these the gateway's lane takes none: one header comes twice. */
export const UNLANED = ['x-twice: 1', 'x-twice: 2'];

/** Whole HTTP/1.1 requests. `kind`: see the upstream; `more`: further header lines. */
export function requestsOf(
  bytes: number,
  answering: Answering,
  kind: string,
  more: readonly string[] = [],
): readonly Buffer[] {
  const random = seededRandom(SEED + bytes);
  return Array.from({ length: BODIES }, () => {
    const body = bodyOf(bytes, answering, (characters) => promptOf(characters, random));
    const head = [
      `POST ${PATH} HTTP/1.1`,
      'host: bench',
      'content-type: application/json',
      'authorization: Bearer bench',
      `${KIND_HEADER}: ${kind}`,
      ...more,
      `content-length: ${Buffer.byteLength(body)}`,
    ].join('\r\n');
    return Buffer.from(`${head}\r\n\r\n${body}`);
  });
}
