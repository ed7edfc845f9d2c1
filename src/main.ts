// Composition root: the only file that constructs everything and knows every room.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Logger } from 'pino';
import { createEventBus, seededRandom, systemClock, type EventBus } from './base/index.ts';
import {
  configErrors,
  loadPolicy,
  stampPolicy,
  watchPolicy,
  type Environment,
  type GatewayConfig,
  type PolicyStamp,
} from './config/index.ts';
import { createStaticEmbedder } from './embedding/index.ts';
import { openFeedback, type Feedbacks } from './feedback/index.ts';
import { createApp, type Gateway } from './gateway/index.ts';
import { createPools, type Credentials, type PoolConfig } from './pool/index.ts';
import { formatDiagnostic, type Plan, type PoolSpec } from './policy/index.ts';
import { createRouter, learnerArms } from './router/index.ts';
import { createEmbeddedFleet, ENGINE_PROFILES, type EmbeddedFleet } from './sim/index.ts';
import { storeHomes, type Store } from './store/index.ts';
import {
  createEventLog,
  createLogger,
  createMetrics,
  createTracing,
  mergeMetrics,
  readTracingConfig,
  type MetricsPart,
  type TracingConfig,
} from './telemetry/index.ts';
import {
  CONTEXT_DIMENSIONS,
  loadTopicClassifier,
  tokenCalibrationFromStored,
  type TokenCalibration,
} from './workload/index.ts';

/** How often the ledger looks after itself and, with other replicas, after them. */
const KEEP_UP_MS = 1_000;
/** How often statistics and marks are written; what a crash can lose of answer lengths. Feedback is never lost. */
const CHECKPOINT_MS = 5_000;
const SWEEP_MS = 60_000;

export interface RunningGateway {
  readonly url: string;
  readonly plan: Plan;
  readonly simulated: readonly string[];
  /** Takes the policy file up again; a broken one is refused and the old one stays. */
  reload(): Promise<void>;
  /** This process's own, for `Shared.metricsOfAll`. */
  serialiseMetrics(): Promise<MetricsPart>;
  /** Stops taking requests, waits for answers under way, writes everything down. */
  close(): Promise<void>;
}

/** What processes that serve as one have in common, in place of each one's own. */
export interface Shared {
  /** Closed with the gateway; undefined: a home that every process opens for itself. `onWriteError` hears of records that were lost. */
  readonly openStore: ((onWriteError: (error: unknown) => void) => Store) | undefined;
  readonly fleet: EmbeddedFleet;
  /** What `serialiseMetrics` gives, of every process. */
  readonly metricsOfAll: () => Promise<readonly MetricsPart[]>;
}

export interface StartOptions {
  readonly logger?: Logger;
  /** In every line of the log: which of several processes this is. */
  readonly name?: Readonly<Record<string, unknown>>;
  readonly shared?: Shared;
  /** What a request is given to arrive whole; a minute unless given. */
  readonly arrivalMs?: number;
}

/** What is open before the gateway serves, and is closed again if it cannot. */
interface Foundations {
  readonly config: GatewayConfig;
  readonly env: Environment;
  readonly logger: Logger;
  readonly plan: Plan;
  readonly policyStamp: PolicyStamp;
  readonly bus: EventBus;
  readonly store: Store;
  readonly fleet: EmbeddedFleet;
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
  { logger: given, name, shared, arrivalMs = 60_000 }: StartOptions = {},
): Promise<RunningGateway> {
  const secrets = new Set<string>();
  const own = given ?? createLogger({ level: config.logLevel, secrets });
  const logger = name === undefined ? own : own.child(name);
  const policyStamp = stampPolicy(config.policyPath);
  const plan = await readPlan(config.policyPath, logger);
  const tracing = readTracingConfig(env);
  const bus = createEventBus((error) => logger.error(error, 'an event listener failed'));
  bus.subscribe(createEventLog(logger));
  const onWriteError = (error: unknown): void => bus.publish({ kind: 'store-failed', detail: String(error) });
  const store = await (shared?.openStore?.(onWriteError) ??
    openStore(config, onWriteError, (message) => logger.warn(message)));
  const fleet = shared?.fleet ?? createEmbeddedFleet(config.seed);
  const metricsOfAll = shared?.metricsOfAll;
  try {
    return await assemble({
      config,
      env,
      logger,
      plan,
      policyStamp,
      bus,
      store,
      fleet,
      metricsOfAll,
      tracing,
      secrets,
      arrivalMs,
    });
  } catch (error) {
    await fleet.close();
    await store.close();
    throw error;
  }
}

/** The home that the configuration names, with all that any of them needs. */
function openStore(
  { store, dataDir, redisPrefix, redisUrl }: GatewayConfig,
  onWriteError: (error: unknown) => void,
  onWarning: (message: string) => void,
): Promise<Store> | Store {
  const url = redisUrl === undefined ? {} : { url: redisUrl };
  return storeHomes[store].open({ directory: dataDir, prefix: redisPrefix, ...url, onWriteError, onWarning });
}

async function assemble(foundations: Foundations): Promise<RunningGateway> {
  const { config, env, logger, plan, policyStamp, bus, store, fleet, metricsOfAll, secrets } = foundations;
  const clock = systemClock;
  const random = seededRandom(config.seed);
  const embedder = createStaticEmbedder();
  const classifier = loadTopicClassifier();
  const contextFingerprint = `${embedder.fingerprint}+${classifier.fingerprint}`;
  let router = createRouter(plan);
  const feedback = await openFeedback({
    store,
    arms: learnerArms(router),
    dimensions: CONTEXT_DIMENSIONS,
    fingerprint: contextFingerprint,
    clock,
    publish: bus.publish,
    retention: config.retention,
  });
  const { ledger, loop } = feedback;
  warnOfRecovered(feedback.recovered, logger);
  const configsOf = (next: Plan): Promise<readonly PoolConfig[]> => poolConfigs(next, fleet, env, logger, secrets);
  const { retryBudget } = plan;
  const pools = createPools(await configsOf(plan), clock, random, bus.publish, { retryBudget });
  const metrics = createMetrics({
    endpoints: () => pools.endpoints(),
    openDecisions: () => ledger.openCount,
    queues: () => Array.from(pools.queues(), ([pool, length]) => ({ pool, length })),
  });
  bus.subscribe((event) => metrics.observe(event));
  const tracing = foundations.tracing && createTracing(foundations.tracing, clock, random, bus.publish);
  if (tracing !== undefined) bus.subscribe((event) => tracing.observe(event));

  const calibration = await readCalibration(store);
  let draining = false;
  const gateway: Gateway = {
    clock,
    random,
    publish: bus.publish,
    eyes: { embedder, classifier },
    calibration,
    traceRatio: foundations.tracing?.ratio,
    pools,
    ledger,
    contextFingerprint,
    logText: config.logText,
    bodyLimitBytes: config.bodyLimitBytes,
    arrivalMs: foundations.arrivalMs,
    router: () => router,
    learner: () => loop.current(),
    unready: () => (draining ? 'shutting down' : undefined),
    metrics: async () => ({
      contentType: metrics.contentType,
      body: await (metricsOfAll === undefined ? metrics.text() : mergeMetrics(await metricsOfAll())),
    }),
    reportBug: (error) => logger.error(error, 'unexpected error while serving: please report it'),
  };
  const app = createApp(gateway);
  const url = await app.listen({ host: config.host, port: config.port });

  let reloading = Promise.resolve();
  /** One after the other, or an older text could win. */
  const reload = (): Promise<void> => (reloading = reloading.then(takeUp));

  async function takeUp(): Promise<void> {
    const publish = (result: 'applied' | 'refused', detail: string): void =>
      bus.publish({ kind: 'policy-reloaded', result, fingerprint: router.plan.fingerprint, detail });
    try {
      const next = await readPlan(config.policyPath, logger);
      if (next.fingerprint === router.plan.fingerprint) return;
      const nextRouter = createRouter(next);
      pools.reconcile(await configsOf(next), next.retryBudget);
      loop.configure(learnerArms(nextRouter));
      router = nextRouter;
      publish('applied', `${next.routes.length} routes over ${next.pools.size} pools`);
    } catch (error) {
      publish('refused', error instanceof Error ? error.message : String(error));
    }
  }

  const stopUpkeep = startUpkeep(feedback, () => writeCalibration(store, calibration), logger, bus);
  const unwatch = watchPolicy(config.policyPath, policyStamp, () => void reload());

  return {
    url,
    plan,
    simulated: fleet.names(),
    reload,
    serialiseMetrics: () => metrics.serialise(),
    close: async () => {
      draining = true;
      unwatch();
      stopUpkeep();
      const deadline = setTimeout(() => app.server.closeAllConnections(), config.drainMs);
      // Callers would keep their connections for more than a minute after the answer. Counted from when it is on its way whole:
      // closing what looks idle can cut off an answer's last bytes.
      app.server.keepAliveTimeout = 1;
      await app.close();
      clearTimeout(deadline);
      // Of callers that the deadline cut off we hear a turn of the event loop later.
      for (let turn = 0; ledger.openCount > 0 && turn < 1_000; turn++) await nextTurn();
      await pools.close();
      await feedback.close();
      await writeCalibration(store, calibration);
      await store.close();
      await fleet.close();
      await tracing?.close();
      metrics.close();
    },
  };
}

const CALIBRATION = { collection: 'calibration', key: 'tokens' } as const;

/** Of replicas the last that wrote counts: each of them has learnt the same from its own traffic. */
async function readCalibration(store: Store): Promise<TokenCalibration> {
  return tokenCalibrationFromStored(await store.get(CALIBRATION.collection, CALIBRATION.key));
}

async function writeCalibration(store: Store, calibration: TokenCalibration): Promise<void> {
  await store.commit([{ ...CALIBRATION, value: calibration.toStored() }]);
}

function warnOfRecovered(count: number, logger: Logger): void {
  if (count > 0) logger.warn(`${count} decisions were left open by a process that died: closed as abandoned`);
}

/** What is to be done for the ledger from time to time, each after the last has ended; returns what stops it. */
function startUpkeep(
  feedback: Feedbacks,
  noteCalibration: () => Promise<void>,
  logger: Logger,
  bus: EventBus,
): () => void {
  const every = (ms: number, work: () => Promise<void>): NodeJS.Timeout => {
    let busy = false;
    return setInterval(() => {
      if (busy) return;
      busy = true;
      work()
        .catch((error: unknown) => bus.publish({ kind: 'store-failed', detail: String(error) }))
        .finally(() => (busy = false));
    }, ms).unref();
  };
  const timers = [
    every(KEEP_UP_MS, async () => warnOfRecovered(await feedback.keepUp(), logger)),
    every(CHECKPOINT_MS, () => feedback.checkpoint()),
    every(SWEEP_MS, noteCalibration),
    every(SWEEP_MS, async () => {
      const { segments, feedback: rows, rewards } = await feedback.sweep();
      if (segments + rows + rewards > 0) {
        logger.debug({ segments, feedback: rows, rewards }, 'retention: rows removed that were too old or too many');
      }
    }),
  ];
  return () => timers.forEach(clearInterval);
}

/** Throws configErrors; warnings go to the log. */
export async function readPlan(path: string, logger: Logger): Promise<Plan> {
  const compiled = await loadPolicy(path, Object.keys(ENGINE_PROFILES));
  if (compiled.kind === 'invalid')
    throw configErrors.policyInvalid(compiled.diagnostics.map(formatDiagnostic).join('\n'));
  for (const warning of compiled.warnings) logger.warn(formatDiagnostic(warning));
  return compiled.plan;
}

async function poolConfigs(
  plan: Plan,
  fleet: EmbeddedFleet,
  env: Environment,
  logger: Logger,
  secrets: Set<string>,
): Promise<readonly PoolConfig[]> {
  return Promise.all(
    [...plan.pools.values()].map(async (spec): Promise<PoolConfig> => {
      const { name, model, pick, connectTimeoutMs, queue, healthCheck } = spec;
      const credentials = credentialsOf(spec, env, logger);
      if (credentials.kind === 'own' && credentials.key !== undefined) secrets.add(credentials.key);
      const endpoints = spec.endpoints.map(async ({ url, weight, maxConcurrency }) => ({
        name: url,
        url: url.startsWith('sim:') ? await fleet.resolve(model, url) : url,
        credentials,
        weight,
        maxConcurrency,
      }));
      return { name, pick, connectTimeoutMs, queue, healthCheck, endpoints: await Promise.all(endpoints) };
    }),
  );
}

function credentialsOf({ name, apiKeyEnv }: PoolSpec, env: Environment, logger: Logger): Credentials {
  if (apiKeyEnv === undefined) return { kind: 'callers' };
  const key = env[apiKeyEnv] === '' ? undefined : env[apiKeyEnv];
  if (key === undefined)
    logger.warn(`pool ${name}: the environment variable ${apiKeyEnv} is not set; requests go there without a key`);
  return { kind: 'own', key };
}
