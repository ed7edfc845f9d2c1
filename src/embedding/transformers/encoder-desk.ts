// Texts in front of one encoder: a bounded line with deadlines, and what is done when the encoder dies or hangs.
import type { After } from '../after.ts';
import type { EncoderAnswer } from './messages.ts';
import type { EncoderThread, ThreadListener } from './encoder-thread.ts';

export interface EncoderDeskOptions {
  readonly begin: (listener: ThreadListener) => Promise<Pick<EncoderThread, 'send' | 'end'>>;
  /** Texts that may wait beside the one that is being encoded. */
  readonly queue: number;
  readonly deadlineMs: number;
  /** An encoder that is silent for so long over one text is given up. */
  readonly hungMs: number;
  readonly after: After;
}

export interface EncoderDesk {
  /** Never rejects. */
  readonly encode: (text: string) => Promise<EncoderAnswer>;
  readonly close: () => Promise<void>;
}

interface Waiting {
  readonly text: string;
  readonly settle: (answer: EncoderAnswer) => void;
}

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 30_000;

/** Rejects as `begin` does when the first encoder cannot be begun; later ones are tried again for ever. */
export async function openEncoderDesk({
  begin,
  queue,
  deadlineMs,
  hungMs,
  after,
}: EncoderDeskOptions): Promise<EncoderDesk> {
  const line: Waiting[] = [];
  let busy: { readonly waiting: Waiting; readonly notHung: () => void } | undefined;
  let encoder: Pick<EncoderThread, 'send' | 'end'> | undefined;
  /** Why there is no encoder now. */
  let why = '';
  /** In a row, without a text encoded in between. */
  let failures = 0;
  let noSuccessor = (): void => undefined;
  let closed = false;
  let beginning: Promise<void> = Promise.resolve();

  function work(): void {
    const next = busy === undefined && encoder !== undefined ? line.shift() : undefined;
    if (next === undefined) return;
    busy = { waiting: next, notHung: after(hungMs, () => giveUp(`the encoder was silent for ${hungMs} ms`)) };
    encoder?.send(next.text);
  }

  function answered(answer: EncoderAnswer): void {
    const done = busy;
    if (done === undefined) return;
    failures = 0;
    busy = undefined;
    done.notHung();
    done.waiting.settle(answer);
    work();
  }

  /** An answer of the one that is given up would be taken for that of the next text. */
  function giveUp(reason: string): void {
    const ending = encoder?.end();
    died(reason);
    beginning = Promise.all([beginning, ending]).then(() => undefined);
  }

  function died(reason: string): void {
    encoder = undefined;
    busy?.notHung();
    const left = busy === undefined ? line.splice(0) : [busy.waiting, ...line.splice(0)];
    busy = undefined;
    why = reason;
    for (const { settle } of left) settle(failed(why));
    if (closed) return;
    noSuccessor = after(Math.min(FIRST_WAIT_MS * 2 ** failures++, LONGEST_WAIT_MS), () => {
      beginning = beginning.then(start).catch((error: unknown) => died(reasonOf(error)));
    });
  }

  async function start(): Promise<void> {
    const next = await begin({ answered, died });
    if (closed) await next.end();
    else encoder = next;
  }

  await start();
  return {
    encode: (text) => {
      if (encoder === undefined) return Promise.resolve(failed(closed ? 'the encoder is closed' : why));
      if (line.length >= queue && busy !== undefined) return Promise.resolve(failed(`${queue} texts wait already`));
      return new Promise((resolve) => {
        const inTime = after(deadlineMs, () => {
          const place = line.indexOf(waiting);
          if (place >= 0) line.splice(place, 1);
          resolve(failed(`not done after ${deadlineMs} ms`));
        });
        const waiting: Waiting = {
          text,
          settle: (answer) => {
            inTime();
            resolve(answer);
          },
        };
        line.push(waiting);
        work();
      });
    },
    close: async () => {
      closed = true;
      noSuccessor();
      const last = encoder;
      died('the encoder is closed');
      await Promise.all([beginning, last?.end()]);
    },
  };
}

function failed(why: string): EncoderAnswer {
  return { kind: 'failed', why };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
