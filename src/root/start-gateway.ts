// One gateway, built from the ground up, and taken down in the other direction. Reads from top to bottom.
import type { Logger } from 'pino';
import { createEventBus, seededRandom, systemClock, type EventBus } from '../base/index.ts';
import {
  openPolicyFiles,
  watchPolicy,
  type Environment,
  type GatewayConfig,
  type PolicyFiles,
} from '../config/index.ts';
import { systemAfter, type WordpieceTable } from '../embedding/index.ts';
import { openFeedback, otherSpaces } from '../feedback/index.ts';
import { createApp, type Gateway } from '../gateway/index.ts';
import { createPools } from '../pool/index.ts';
import type { Plan } from '../policy/index.ts';
import { learnerArms } from '../router/index.ts';
import { createEmbeddedFleet, type EmbeddedFleet } from '../sim/index.ts';
import type { Store } from '../store/index.ts';
import {
  createEventLog,
  createLogger,
  createMetrics,
  createTracing,
  mergeMetrics,
  readTracingConfig,
  type TracingConfig,
} from '../telemetry/index.ts';
import { CONTEXT_DIMENSIONS } from '../workload/index.ts';
import { closeInTurn, type Part } from './close-in-turn.ts';
import { drain } from './drain.ts';
import { createEmbedderSeat, type EmbedderSeat } from './embedder-seat.ts';
import { openEyes } from './eyes.ts';
import { openCalibration } from './kept-calibration.ts';
import { lazyTable } from './lazy-table.ts';
import { openEmbedder } from './open-embedder.ts';
import { openStore } from './open-store.ts';
import { poolConfigs } from './pool-configs.ts';
import { readPlan } from './read-plan.ts';
import { readyRouter } from './ready-router.ts';
import { createRouting } from './routing.ts';
import type { RunningGateway, Shared, StartOptions } from './types.ts';
import { startUpkeep, warnOfOtherSpaces, warnOfRecovered } from './upkeep.ts';

/** What is open before the gateway serves, and is closed again if it cannot. */
interface Foundations {
  readonly config: GatewayConfig;
  readonly env: Environment;
  readonly logger: Logger;
  readonly plan: Plan;
  readonly policyFiles: PolicyFiles;
  readonly bus: EventBus;
  readonly store: Store;
  readonly fleet: EmbeddedFleet;
  readonly embedders: EmbedderSeat;
  readonly table: () => WordpieceTable;
  readonly metricsOfAll: Shared['metricsOfAll'] | undefined;
  readonly tracing: TracingConfig | undefined;
  /** Keys of upstreams: what the logger takes out of every line. */
  readonly secrets: Set<string>;
  readonly arrivalMs: number;
}

/** Throws configErrors (bad policy, bad settings), store errors (data directory), or the listener's error (port in use). */
export async function startGateway(
  config: GatewayConfig,
  env: Environment,
  options: StartOptions = {},
): Promise<RunningGateway> {
  const foundations = await layFoundations(config, env, options);
  try {
    return await serve(foundations);
  } catch (error) {
    const { embedders, fleet, store, logger } = foundations;
    const built: Part[] = [
      ['embedders', () => embedders.close()],
      ['simulated model servers', () => fleet.close()],
      ['the store', () => store.close()],
    ];
    // What kept it from serving is the error to tell.
    await closeInTurn(built, logger).catch(() => undefined);
    throw error;
  }
}

/** The policy is read before anything is opened. */
async function layFoundations(
  config: GatewayConfig,
  env: Environment,
  { logger: given, name, shared, arrivalMs = 60_000 }: StartOptions,
): Promise<Foundations> {
  const secrets = new Set<string>();
  const own = given ?? createLogger({ level: config.logLevel, secrets });
  const logger = name === undefined ? own : own.child(name);
  const table = lazyTable(config.tablePath);
  const policyFiles = openPolicyFiles(config.policyPath);
  const plan = await readPlan(config.policyPath, logger, policyFiles);
  const tracing = readTracingConfig(env);
  const bus = createEventBus((error) => logger.error(error, 'an event listener failed'));
  bus.subscribe(createEventLog(logger));
  const onWriteError = (error: unknown): void => bus.publish({ kind: 'store-failed', detail: String(error) });
  const onWarning = (message: string): void => logger.warn(message);
  const store = shared?.openStore?.(onWriteError) ?? (await openStore(config, { onWriteError, onWarning }));
  const fleet = shared?.fleet ?? createEmbeddedFleet(config.seed);
  const metricsOfAll = shared?.metricsOfAll;
  const { policyPath, dataDir } = config;
  const around = { env, logger, secrets, policyPath, dataDir, table };
  const embedders = createEmbedderSeat({ open: (spec) => openEmbedder(spec, around), after: systemAfter });
  return {
    config,
    env,
    logger,
    plan,
    policyFiles,
    bus,
    store,
    fleet,
    embedders,
    table,
    metricsOfAll,
    tracing,
    secrets,
    arrivalMs,
  };
}

async function serve(foundations: Foundations): Promise<RunningGateway> {
  const { config, logger, plan, policyFiles, bus, store, fleet, metricsOfAll } = foundations;
  const clock = systemClock;
  const random = seededRandom(config.seed);

  const opened = openEyes();
  const { eyes, contextFingerprint } = opened;
  const first = await readyRouter(plan, opened, foundations);
  first.swap();
  const kept = await openCalibration(store);
  const feedback = await openFeedback({
    store,
    arms: learnerArms(first.router),
    dimensions: CONTEXT_DIMENSIONS,
    fingerprint: contextFingerprint,
    clock,
    publish: bus.publish,
    retention: config.retention,
  });
  const { ledger, loop } = feedback;
  warnOfRecovered(feedback.recovered, logger);
  warnOfOtherSpaces(await otherSpaces(store, contextFingerprint), logger);
  const { retryBudget } = plan;
  const pools = createPools(await poolConfigs(plan, foundations), clock, random, bus.publish, { retryBudget });

  const metrics = createMetrics({
    endpoints: () => pools.endpoints(),
    openDecisions: () => ledger.openCount,
    queues: () => Array.from(pools.queues(), ([pool, length]) => ({ pool, length })),
  });
  bus.subscribe((event) => metrics.observe(event));
  const tracing = foundations.tracing && (await createTracing(foundations.tracing, clock, random, bus.publish));
  if (tracing !== undefined) bus.subscribe((event) => tracing.observe(event));

  const routing = createRouting(first, {
    readPlan: () => readPlan(config.policyPath, logger, policyFiles),
    prepare: async (next) => {
      const configs = await poolConfigs(next, foundations);
      const { router, swap, complete } = await readyRouter(next, opened, foundations);
      return {
        router,
        complete,
        swap: () => {
          swap();
          pools.reconcile(configs, next.retryBudget);
          loop.configure(learnerArms(router));
        },
      };
    },
    publish: bus.publish,
    after: systemAfter,
  });

  let draining = false;
  const gateway: Gateway = {
    clock,
    random,
    publish: bus.publish,
    eyes,
    calibration: kept.calibration,
    traceRatio: foundations.tracing?.ratio,
    pools,
    ledger,
    contextFingerprint,
    logText: config.logText,
    bodyLimitBytes: config.bodyLimitBytes,
    arrivalMs: foundations.arrivalMs,
    router: () => routing.current(),
    learner: () => loop.current(),
    unready: () => (draining ? 'shutting down' : undefined),
    metrics: async () => ({
      contentType: metrics.contentType,
      body: await (metricsOfAll === undefined ? metrics.text() : mergeMetrics(await metricsOfAll())),
    }),
    reportBug: (error) => logger.error(error, 'unexpected error while serving: please report it'),
  };
  const app = createApp(gateway);
  const url = await app.listen({ host: config.host, port: config.port }).catch((error: unknown) => {
    routing.close();
    throw error;
  });
  const stopUpkeep = startUpkeep(feedback, kept, logger, bus.publish);
  const unwatch = watchPolicy(policyFiles, () => void routing.reload());

  return {
    url,
    plan,
    simulated: fleet.names(),
    reload: () => routing.reload(),
    serialiseMetrics: () => metrics.serialise(),
    close: async () => {
      draining = true;
      unwatch();
      routing.close();
      stopUpkeep();
      await closeInTurn(
        [
          ['the listener', () => drain(app, config.drainMs, () => ledger.openCount)],
          ['connections to model servers', () => pools.close()],
          ['the decision log', () => feedback.close()],
          ['the token calibration', () => kept.save()],
          ['the store', () => store.close()],
          ['simulated model servers', () => fleet.close()],
          ['embedders', () => foundations.embedders.close()],
          ['tracing', () => tracing?.close()],
          ['metrics', () => metrics.close()],
        ],
        logger,
      );
    },
  };
}
