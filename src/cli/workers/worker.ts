// A process that serves with others: its store, its simulated servers and everybody's metrics are the primary's.
import { startGateway, type RunningGateway, type Shared } from '../../root/index.ts';
import { openIpcStore, type Store } from '../../store/index.ts';
import type { MetricsPart } from '../../telemetry/index.ts';
import { whatToDo } from '../what-to-do.ts';
import { createCalls } from './calls.ts';
import type { ToPrimary, ToWorker } from './messages.ts';

type Question =
  | { readonly kind: 'resolve'; readonly model: string; readonly endpoint: string }
  | { readonly kind: 'metrics' };

/** Serves from the primary's `start` until its `drain`; when the primary is gone, node:cluster ends this process. */
export function runWorker(): void {
  // A terminal signals the whole group; what it means for a worker is for the primary to say.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  let starting: Promise<RunningGateway | undefined> = Promise.resolve(undefined);
  const calls = createCalls<Question>((id, question) => send({ ...question, id }));

  process.on('message', (message: ToWorker) => {
    switch (message.kind) {
      case 'start':
        starting = start(message, sharedOver(calls, message.config.store === 'lmdb'));
        break;
      case 'reload':
        void starting.then((gateway) => gateway?.reload());
        break;
      case 'drain':
        void starting.then((gateway) => gateway?.close()).then(() => process.exit(0));
        break;
      case 'serialise':
        void starting.then(async (gateway) => {
          send({ kind: 'serialised', id: message.id, part: await gateway?.serialiseMetrics() });
        });
        break;
      case 'answer':
        calls.answer(message.id, message.value);
        break;
      case 'failure':
        calls.fail(message.id, message.reason);
        break;
      case 'store':
        // The store's own listener takes it.
        break;
    }
  });
  send({ kind: 'listening' });
}

async function start(
  { index, config }: ToWorker & { kind: 'start' },
  shared: Shared,
): Promise<RunningGateway | undefined> {
  try {
    // Its own seed: with one for all, every worker would draw the same.
    const own = { ...config, seed: (config.seed + index) % 2 ** 32 };
    const gateway = await startGateway(own, process.env, { shared, name: { worker: index } });
    send({ kind: 'ready', url: gateway.url });
    return gateway;
  } catch (error) {
    send({ kind: 'refused', reason: whatToDo(error) });
    return undefined;
  }
}

function sharedOver(calls: { ask(question: Question): Promise<unknown> }, storeIsShared: boolean): Shared {
  const simulated = new Set<string>();
  return {
    openStore: storeIsShared ? openStore : undefined,
    fleet: {
      resolve: async (model, endpoint) => {
        simulated.add(`${model} on ${endpoint}`);
        return (await calls.ask({ kind: 'resolve', model, endpoint })) as string;
      },
      names: () => [...simulated],
      // The primary's, and other workers' too.
      close: async () => undefined,
    },
    metricsOfAll: async () => (await calls.ask({ kind: 'metrics' })) as readonly MetricsPart[],
  };
}

function send(message: ToPrimary): void {
  // A primary that is gone ends this process before long.
  process.send?.(message, undefined, undefined, () => undefined);
}

function openStore(onWriteError: (error: unknown) => void): Store {
  return openIpcStore({
    onWriteError,
    line: {
      send: (request) => send({ kind: 'store', request }),
      onAnswer: (listener) => {
        process.on('message', (message: ToWorker) => {
          if (message.kind === 'store') listener(message.answer);
        });
      },
      onLost: (listener) => void process.on('disconnect', listener),
    },
  });
}
