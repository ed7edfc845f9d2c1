// sluice serve: the gateway, until it is told to stop; in this process, or on several under it.
import cluster from 'node:cluster';
import { randomInt } from 'node:crypto';
import closeWithGrace from 'close-with-grace';
import { Command } from 'commander';
import { dataDirOf, readConfig, type Flags, type GatewayConfig } from '../config/index.ts';
import { embeddingErrors } from '../embedding/index.ts';
import { startGateway, type RunningGateway } from '../root/index.ts';
import { storeErrors } from '../store/index.ts';
import { greeting } from './greeting.ts';
import { giveHeapRoom } from './heap-room.ts';
import { whatToDo } from './what-to-do.ts';
import { workerErrors } from './workers/errors.ts';
import { startWorkers, type RunningWorkers } from './workers/primary.ts';
import { runWorker } from './workers/worker.ts';

/** Configuration that cannot be served. */
const EXIT_CONFIGURATION = 2;
/** Workers that cannot be kept alive, a Redis or an embedding server that does not answer: starting again may help. */
const EXIT_FOR_NOW = 1;

type Running = RunningGateway | RunningWorkers;

export function serveCommand(): Command {
  return new Command('serve')
    .description('Serve the OpenAI-compatible API and route by a policy.')
    .option('--policy <file>', 'policy to route by (env SLUICE_POLICY; default policies/default.yaml)')
    .option('--host <host>', 'address to listen on (env SLUICE_HOST; default 127.0.0.1)')
    .option('--port <port>', 'port to listen on, 0 for any (env SLUICE_PORT; default 8080)')
    .option(
      '--data-dir <dir>',
      'where decisions, feedback and what is learnt are kept (env SLUICE_DATA_DIR; default data)',
    )
    .option('--workers <count>', 'processes to serve with, auto: one a core (env SLUICE_WORKERS; default 1)')
    .option('--store <kind>', 'lmdb, memory or redis (env SLUICE_STORE; default lmdb); Redis: env SLUICE_REDIS_URL')
    .addHelpText(
      'after',
      `
Further environment variables:
  SLUICE_LOG_LEVEL       trace, debug, info, warn, error, fatal or silent (default info)
  SLUICE_SEED            seed of every random choice (default: drawn, and printed)
  SLUICE_BODY_LIMIT_MIB  largest request body (default 16)
  SLUICE_REDIS_URL       redis[s]://[user:password@]host[:port][/database]; a secret, never shown
  SLUICE_REDIS_PREFIX    of all its keys there: parts deployments that share a Redis (default sluice)
  SLUICE_TABLE           wordpiece table that texts are read with, of sluice distill (default: Sluice's own)
  SLUICE_RETENTION_DAYS  how long decisions and their feedback are kept (default 30)
  SLUICE_RETENTION_MIB   how much of them is kept at most (default 1024)
  SLUICE_LOG_TEXT        1: keep the caller's last message with each decision (default 0)
  SLUICE_DRAIN_SECONDS   how long answers under way are waited for on SIGTERM (default 30)
  SLUICE_OTLP_ENDPOINT   collector that spans of requests go to (also OTEL_EXPORTER_OTLP_*; default: none)

Ready when GET /readyz answers 200. SIGTERM and SIGINT drain and exit 0; SIGHUP, and any change of the
policy file, takes the policy up again.`,
    )
    .action(async (flags: Flags) => {
      giveHeapRoom();
      if (cluster.isWorker) {
        runWorker();
        return;
      }
      // Signals are listened for before anybody can know that it serves: a SIGHUP that nobody hears ends a process.
      const starting = start(flags);
      process.on('SIGHUP', () => void starting.then((gateway) => gateway?.reload()));
      // SIGHUP is the policy's, not an end.
      const grace = closeWithGrace({ delay: false, logger: false, skip: ['SIGHUP'] }, async ({ err }) => {
        if (err !== undefined) console.error(err);
        console.log('sluice: draining');
        await (await starting)?.close();
        console.log('sluice: stopped');
      });
      // Its exit code would take the place of ours.
      const running = await starting;
      if (running === undefined) grace.uninstall();
      else if ('hopeless' in running) void running.hopeless.then((error) => stopHopeless(error, running));
    });
}

async function stopHopeless(error: Error, running: Running): Promise<void> {
  console.error(`sluice: ${whatToDo(error)}`);
  await running.close();
  process.exit(EXIT_FOR_NOW);
}

async function start(flags: Flags): Promise<Running | undefined> {
  let config: GatewayConfig | undefined;
  try {
    config = readConfig(flags, process.env, randomInt(0, 2 ** 32));
    const running = config.workers > 1 ? await startWorkers(config) : await startGateway(config, process.env);
    // Commands in a terminal see its environment and no flags of this one.
    console.log(greeting(running, config, dataDirOf({}, process.env)));
    return running;
  } catch (error) {
    console.error(`sluice: ${whatToDo(error)}`);
    process.exitCode = mayPass(error as { code?: string }, config) ? EXIT_FOR_NOW : EXIT_CONFIGURATION;
    return undefined;
  }
}

function mayPass({ code }: { readonly code?: string }, config: GatewayConfig | undefined): boolean {
  return (
    code === workerErrors.dieAtStart.spec.code ||
    code === embeddingErrors.serverDown.spec.code ||
    (code === storeErrors.open.spec.code && config?.store === 'redis')
  );
}
