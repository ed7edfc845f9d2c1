// The home that another process owns: appends go there in batches, everything else as requests with their answers.
import { storeOver, type ByteStore } from './byte-store.ts';
import { v8Codec, type Write } from './codec.ts';
import { storeErrors } from './errors.ts';
import { createFailureReport, warn } from './failure-report.ts';
import type { StoreAnswerValue, StoreLine, StoreRequest } from './ipc-messages.ts';
import type { Store } from './store.ts';

export interface IpcStoreOptions {
  readonly line: StoreLine;
  /** Told of appends that the owner could not write, once per burst; without it they become process warnings. */
  readonly onWriteError?: (error: unknown) => void;
}

/** A message beyond this is sent at once, or a burst would become one that takes both ends long. */
const MESSAGE_BYTES = 2 ** 20;
const OWNER_GONE = 'the process that owns the store is gone';

interface Waiting {
  readonly resolve: (value: StoreAnswerValue) => void;
  readonly reject: (reason: string) => void;
}

const READS: ReadonlySet<Question['op']> = new Set(['get', 'page', 'sizes']);

type WithoutId<Request> = Request extends { readonly id: number } ? Omit<Request, 'id'> : never;
type Question = WithoutId<StoreRequest>;

/**
 * The other end is `serveStore`. Both must run the same Node: values cross in V8's format. A crash of this process loses the appends of
 * the turn of the event loop that it is in; one of the owner loses what its own home says.
 */
export function openIpcStore({ line, onWriteError = warn }: IpcStoreOptions): Store {
  const report = createFailureReport(onWriteError);
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let gathered: Write[] = [];
  let gatheredBytes = 0;
  let sending: NodeJS.Immediate | undefined;
  let gone = false;

  line.onAnswer((answer) => {
    if (answer.kind === 'lost') {
      report.failed(storeErrors.write(answer.reason));
      return;
    }
    const asked = waiting.get(answer.id);
    waiting.delete(answer.id);
    if (answer.kind === 'done') asked?.resolve(answer.value);
    else asked?.reject(answer.reason);
  });
  line.onLost(() => {
    gone = true;
    for (const { reject } of waiting.values()) reject(OWNER_GONE);
    waiting.clear();
  });

  /** Before everything but an append: what was appended before is then seen by it. */
  function sendGathered(): void {
    clearImmediate(sending);
    sending = undefined;
    if (gathered.length === 0) return;
    const writes = gathered;
    gathered = [];
    gatheredBytes = 0;
    if (gone) report.failed(storeErrors.write(OWNER_GONE));
    else line.send({ op: 'append', writes });
  }

  function ask(question: Question): Promise<StoreAnswerValue> {
    sendGathered();
    const failed = READS.has(question.op) ? storeErrors.read : storeErrors.write;
    return new Promise((resolve, reject) => {
      if (gone) {
        reject(failed(OWNER_GONE));
        return;
      }
      const id = ++lastId;
      waiting.set(id, { resolve, reject: (reason) => reject(failed(reason)) });
      line.send({ ...question, id });
    });
  }

  // The owner's answers are what each question asks for: both ends are this very code.
  const bytes: ByteStore = {
    get: async (place) => (await ask({ op: 'get', place })) as Uint8Array | undefined,
    readPage: async ({ low, high }, reverse, limit) =>
      (await ask({ op: 'page', low, high, reverse, limit })) as Awaited<ReturnType<ByteStore['readPage']>>,
    readSizes: async ({ low, high }, reverse, limit) =>
      (await ask({ op: 'sizes', low, high, reverse, limit })) as Awaited<ReturnType<ByteStore['readSizes']>>,
    append: (writes) => {
      for (const write of writes) {
        gathered.push(write);
        gatheredBytes += write.bytes?.byteLength ?? 0;
      }
      if (gatheredBytes >= MESSAGE_BYTES) sendGathered();
      // Not later: a caller with this process's answer can bring feedback to another one, which has to find the decision. A row that crosses
      // alone costs 17 us here and 12 us there, 20 at a time 1 us each; the owner gathers them for its disk.
      else sending ??= setImmediate(sendGathered);
    },
    commit: async (writes, unless) => (await ask({ op: 'commit', writes, unless })) === true,
    drained: async () => void (await ask({ op: 'drained' })),
    // The home itself stays with its owner. Whoever wrote what fails here has been told.
    close: async () => void (await ask({ op: 'drained' }).catch(() => undefined)),
  };
  return storeOver(bytes, 'ipc', v8Codec, false);
}
