// The soak's mixture of requests as bytes, made before the clock runs.
import { seededRandom } from '../../src/base/index.ts';
import { promptOf } from '../overhead/prompts.ts';
import { KIND_HEADER, PATH } from '../overhead/requests.ts';

export interface Kind {
  readonly name: string;
  /** `base`: one pool, nothing to choose; `auto`: the full way. */
  readonly model: 'base' | 'auto';
  /** What the upstream answers. */
  readonly answer: 'plain' | 'events' | `paced-${number}`;
  readonly bodyBytes: number;
  readonly share: number;
}

/** `paced-40`: 40 events, 20 a second. */
export const MIXTURE: readonly Kind[] = [
  { name: 'fixed plain 2 KiB', model: 'base', answer: 'plain', bodyBytes: 2_048, share: 0.3 },
  { name: 'fixed stream 2 KiB', model: 'base', answer: 'events', bodyBytes: 2_048, share: 0.1 },
  { name: 'full plain 2 KiB', model: 'auto', answer: 'plain', bodyBytes: 2_048, share: 0.3 },
  { name: 'full plain 16 KiB', model: 'auto', answer: 'plain', bodyBytes: 16_384, share: 0.08 },
  { name: 'full stream 2 KiB', model: 'auto', answer: 'events', bodyBytes: 2_048, share: 0.2 },
  { name: 'full stream of 2 s', model: 'auto', answer: 'paced-40', bodyBytes: 2_048, share: 0.02 },
];

/** Of the plain answers on the full way. */
export const FEEDBACK_SHARE = 0.05;

const BODIES = 300;
const SESSIONS = 500;

/** Whole HTTP/1.1 requests: every one another prompt, a third with a session. */
export function requestsOfKind(kind: Kind, seed: number): readonly Buffer[] {
  const random = seededRandom(seed);
  return Array.from({ length: BODIES }, (_, i) => {
    const content = promptOf(kind.bodyBytes - 100, random);
    const body = JSON.stringify({
      model: kind.model,
      stream: kind.answer !== 'plain',
      messages: [{ role: 'user', content }],
    });
    const session = i % 3 === 0 ? { 'x-sluice-session': `s-${Math.floor(random() * SESSIONS)}` } : {};
    return httpRequest(PATH, body, { [KIND_HEADER]: kind.answer, ...session });
  });
}

export function httpRequest(path: string, body: string, headers: Readonly<Record<string, string>>): Buffer {
  const head = [
    `POST ${path} HTTP/1.1`,
    'host: bench',
    'content-type: application/json',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(body)}`,
  ].join('\r\n');
  return Buffer.from(`${head}\r\n\r\n${body}`);
}
