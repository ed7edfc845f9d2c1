// The workers as processes: started, replaced when they die, told things, waited for. What they say is somebody else's.
import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import type { Logger } from 'pino';
import type { GatewayConfig } from '../../config/index.ts';
import { workerErrors } from './errors.ts';
import type { Report, ToPrimary, ToWorker } from './messages.ts';
import { afterDeath, isHopeless, NO_DEATHS, waitMs, type Deaths } from './restart.ts';
import { createSharedPort } from './shared-port.ts';

/** One life of a worker: its successor is another member, or it would get the answers to what a dead one had asked. */
export interface Member {
  readonly index: number;
  /** Does nothing when the worker is gone. */
  send(message: ToWorker): void;
}

export interface Crew {
  /** Those that serve. */
  serving(): readonly Member[];
  tellAll(message: ToWorker): void;
  /** Every worker has ended: by itself within `patienceMs`, or killed. No successor is started from the call on. */
  dismiss(patienceMs: number): Promise<void>;
}

export interface CrewOptions {
  readonly config: GatewayConfig;
  readonly logger: Logger;
  readonly onMessage: (from: Member, message: Exclude<ToPrimary, Report>) => void;
  /** It is over, and says nothing more that counts. */
  readonly onDeath: (of: Member) => void;
  /** The first worker serves, at this URL; the others are on their way. */
  readonly onServing: (url: string) => void;
  /** Nothing serves, and nothing will. */
  readonly onHopeless: (error: Error) => void;
}

interface Life extends Member {
  readonly worker: Worker;
  /** What it was told to listen on. */
  port: number | undefined;
  readyAt: number | undefined;
}

interface Seat {
  readonly index: number;
  life: Life | undefined;
  deaths: Deaths;
  successor: NodeJS.Timeout | undefined;
}

/** The first worker starts alone: what is wrong with the settings is then said once, and a dead predecessor's records are put right once. */
export function startCrew({ config, logger, onMessage, onDeath, onServing, onHopeless }: CrewOptions): Crew {
  // Not JSON, which has no bytes.
  cluster.setupPrimary({ serialization: 'advanced' });
  const seats = Array.from({ length: config.workers }, (_, index): Seat => {
    return { index, life: undefined, deaths: NO_DEATHS, successor: undefined };
  });
  const sharedPort = createSharedPort(config.port);
  let begun = false;
  let dismissed = false;
  if (seats[0] !== undefined) occupy(seats[0]);

  function occupy(seat: Seat): void {
    const life = lifeOf(seat.index, cluster.fork());
    seat.life = life;
    const { worker } = life;
    // Of a channel that broke while a message was on its way: the exit follows.
    worker.on('error', () => undefined);
    worker.on('message', (message: ToPrimary) => hear(life, message));
    worker.on('exit', (code: number | null, signal: string | null) => bury(seat, life, signal ?? `exit code ${code}`));
  }

  function hear(life: Life, message: ToPrimary): void {
    if (message.kind === 'listening') begin(life);
    else if (message.kind === 'ready') serves(life, message.url);
    else if (message.kind === 'refused') refuses(life, message.reason);
    else onMessage(life, message);
  }

  function begin(life: Life): void {
    const port = sharedPort.forNext(lives().map((other) => other.port));
    life.port = port;
    life.send({ kind: 'start', index: life.index, config: { ...config, port } });
  }

  function serves(life: Life, url: string): void {
    if (!sharedPort.isOurs(url)) {
      refuses(life, `it was given another port than the others have (${url})`);
      return;
    }
    life.readyAt = performance.now();
    logger.info(`worker ${life.index} serves (pid ${life.worker.process.pid})`);
    if (begun) return;
    begun = true;
    onServing(url);
    if (!dismissed) for (const other of seats.slice(1)) occupy(other);
  }

  function refuses(life: Life, reason: string): void {
    if (!begun) {
      onHopeless(workerErrors.refused(reason));
      return;
    }
    logger.error(`worker ${life.index} cannot serve: ${reason}`);
    life.worker.process.kill('SIGKILL');
  }

  function bury(seat: Seat, life: Life, how: string): void {
    const { readyAt } = life;
    seat.life = undefined;
    onDeath(life);
    if (dismissed) {
      if (how !== 'exit code 0') logger.error(`worker ${seat.index} died while it drained (${how})`);
      return;
    }
    seat.deaths = afterDeath(seat.deaths, readyAt === undefined ? undefined : performance.now() - readyAt);
    if (isHopeless(seat.deaths, serving().length)) {
      onHopeless(workerErrors.dieAtStart(seat.deaths.unborn, how));
      return;
    }
    const wait = waitMs(seat.deaths);
    logger.error(`worker ${seat.index} died (${how}); its successor starts in ${wait} ms`);
    seat.successor = setTimeout(occupy, wait, seat);
  }

  function lives(): readonly Life[] {
    return seats.flatMap(({ life }) => (life === undefined ? [] : [life]));
  }

  function serving(): readonly Life[] {
    return lives().filter(({ readyAt }) => readyAt !== undefined);
  }

  return {
    serving,
    tellAll: (message) => {
      for (const life of lives()) life.send(message);
    },
    dismiss: async (patienceMs) => {
      dismissed = true;
      for (const { successor } of seats) clearTimeout(successor);
      const leaving = lives();
      const ended = Promise.all(leaving.map(({ worker }) => once(worker, 'exit')));
      const impatience = setTimeout(() => {
        for (const { worker } of leaving) worker.process.kill('SIGKILL');
      }, patienceMs);
      for (const life of leaving) life.send({ kind: 'drain' });
      await ended;
      clearTimeout(impatience);
    },
  };
}

function lifeOf(index: number, worker: Worker): Life {
  return {
    index,
    worker,
    port: undefined,
    readyAt: undefined,
    send: (message) => {
      if (worker.isConnected()) worker.send(message, undefined, () => undefined);
    },
  };
}
