// The process above the workers: it owns the store and the simulated servers, hands connections out unread, and takes the signals.
import type { GatewayConfig } from '../../config/index.ts';
import { readPlan, type RunningGateway } from '../../root/index.ts';
import { createLogger } from '../../telemetry/index.ts';
import { createEmbeddedFleet, type EmbeddedFleet } from '../../sim/index.ts';
import { openLmdbBytes, serveStore, type ByteStore, type StoreRequest } from '../../store/index.ts';
import { startCrew, type Crew, type Member } from './crew.ts';
import { createMetricsRound, type MetricsRound } from './metrics-round.ts';
import type { Report, ToPrimary } from './messages.ts';

/** Beyond the drain: for writing down what is left. */
const LAST_WORDS_MS = 10_000;

export interface RunningWorkers extends Pick<RunningGateway, 'url' | 'plan' | 'simulated' | 'reload' | 'close'> {
  /** Resolves, with what the operator has to read, when no worker can be kept alive; `close` is still to be called. */
  readonly hopeless: Promise<Error>;
}

/**
 * Resolves when the first of `config.workers` serves. Rejects with what `startGateway` would have, or with workerErrors. A dead worker is
 * replaced; what it had sent to the store before is kept.
 */
export async function startWorkers(config: GatewayConfig): Promise<RunningWorkers> {
  // Said before anything is opened; the workers say the warnings.
  const plan = await readPlan(config.policyPath, createLogger({ level: 'silent' }));
  const logger = createLogger({ level: config.logLevel });
  const fleet = createEmbeddedFleet(config.seed);
  let tellOfLoss = (_reason: string): void => undefined;
  // Redis is reached by each worker for itself.
  const owned =
    config.store === 'lmdb'
      ? openLmdbBytes({ directory: config.dataDir, onWriteError: (error) => tellOfLoss(String(error)) })
      : undefined;

  let giveUp: (error: Error) => void = () => undefined;
  const hopeless = new Promise<Error>((resolve) => (giveUp = resolve));
  let crew: Crew | undefined;
  const serving = new Promise<string>((onServing) => {
    const metrics = createMetricsRound(() => crew?.serving() ?? []);
    const hear = createHearing(owned, fleet, metrics);
    const around = { config, logger, onMessage: hear, onDeath: metrics.bury };
    crew = startCrew({ ...around, onServing, onHopeless: giveUp });
  });
  // One of them counts it: the page adds them up.
  tellOfLoss = (reason) => crew?.serving()[0]?.send({ kind: 'store', answer: { kind: 'lost', reason } });

  async function close(): Promise<void> {
    await crew?.dismiss(config.drainMs + LAST_WORDS_MS);
    await fleet.close();
    await owned?.close();
  }

  const begun = await Promise.race([serving, hopeless]);
  if (begun instanceof Error) {
    await close();
    throw begun;
  }
  return {
    url: begun,
    plan,
    simulated: fleet.names(),
    reload: async () => crew?.tellAll({ kind: 'reload' }),
    hopeless,
    close,
  };
}

/** What the workers ask is done here. */
function createHearing(owned: ByteStore | undefined, fleet: EmbeddedFleet, metrics: MetricsRound) {
  const stores = new WeakMap<Member, (request: StoreRequest) => void>();

  return (from: Member, message: Exclude<ToPrimary, Report>): void => {
    switch (message.kind) {
      case 'store': {
        if (owned === undefined) return;
        let serve = stores.get(from);
        if (serve === undefined) {
          serve = serveStore(owned, (answer) => from.send({ kind: 'store', answer }));
          stores.set(from, serve);
        }
        serve(message.request);
        return;
      }
      case 'resolve':
        answer(from, message.id, fleet.resolve(message.model, message.endpoint));
        return;
      case 'metrics':
        answer(from, message.id, metrics.gather());
        return;
      case 'serialised':
        metrics.take(message.id, message.part);
        return;
    }
  };
}

function answer(to: Member, id: number, work: Promise<unknown>): void {
  work.then(
    (value) => to.send({ kind: 'answer', id, value }),
    (error: unknown) => to.send({ kind: 'failure', id, reason: String(error) }),
  );
}
