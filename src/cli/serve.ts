// sluice serve: the gateway, until it is told to stop.
import { randomInt } from 'node:crypto';
import closeWithGrace from 'close-with-grace';
import { Command } from 'commander';
import { SluiceError } from '../base/index.ts';
import { readConfig, type GatewayConfig } from '../config/index.ts';
import { startGateway, type RunningGateway } from '../main.ts';

/** Configuration that cannot be served. */
const EXIT_CONFIGURATION = 2;

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
  SLUICE_RETENTION_DAYS  how long decisions and their feedback are kept (default 30)
  SLUICE_RETENTION_MIB   how much of them is kept at most (default 1024)
  SLUICE_LOG_TEXT        1: keep the caller's last message with each decision (default 0)
  SLUICE_DRAIN_SECONDS   how long answers under way are waited for on SIGTERM (default 30)

Ready when GET /readyz answers 200. SIGTERM and SIGINT drain and exit 0; SIGHUP, and any change of the
policy file, takes the policy up again.`,
    )
    .action(async (flags: { policy?: string; host?: string; port?: string; dataDir?: string; store?: string }) => {
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
      if ((await starting) === undefined) grace.uninstall();
    });
}

async function start(flags: {
  policy?: string;
  host?: string;
  port?: string;
  dataDir?: string;
  store?: string;
}): Promise<RunningGateway | undefined> {
  try {
    const config = readConfig(flags, process.env, randomInt(0, 2 ** 32));
    const gateway = await startGateway(config, process.env);
    greet(gateway, config);
    return gateway;
  } catch (error) {
    console.error(`sluice: ${whatToDo(error)}`);
    process.exitCode = EXIT_CONFIGURATION;
    return undefined;
  }
}

function whatToDo(error: unknown): string {
  const { code, message, port } = error as { code?: string; message: string; port?: number };
  if (code === 'EADDRINUSE') return `port ${port} is taken; choose another with --port`;
  if (code === 'EACCES') return `not allowed to listen on port ${port}; choose one above 1023 with --port`;
  return error instanceof SluiceError || code?.startsWith('SLUICE_') === true
    ? message
    : ((error as Error).stack ?? message);
}

function whereOf(config: GatewayConfig): string {
  return config.store === 'lmdb' ? config.dataDir : `in ${config.store}`;
}

function greet(gateway: RunningGateway, config: GatewayConfig): void {
  const [alias] = gateway.plan.aliases.keys();
  const model = alias ?? [...gateway.plan.pools.keys()][0] ?? '';
  console.log(`
Sluice routes ${[...gateway.plan.pools.keys()].join(', ')} on ${gateway.url}
  policy   ${config.policyPath}
  data     ${whereOf(config)}
  seed     ${config.seed}${gateway.simulated.length > 0 ? `\n  simulated model servers: ${gateway.simulated.join(', ')}` : ''}

Send it a request (-i shows where it went and why):

  curl -i ${gateway.url}/v1/chat/completions -H 'content-type: application/json' -d '{"model": "${model}", "messages": [{"role": "user", "content": "Write a function that reverses a string."}]}'

Watch it learn:  npx sluice demo        Its decisions:  npx sluice log
Read next:       README.md, docs/policy.md
`);
}
