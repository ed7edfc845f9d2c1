// What `sluice serve` prints when it serves: where, by what, and the next commands, as they have to be typed here.
import type { GatewayConfig } from '../config/index.ts';
import type { RunningGateway } from '../root/index.ts';

const QUESTION = 'Write a function that reverses a string.';

/** `atHome`: the data directory that the other commands look into by themselves. */
export function greeting(
  { url, plan, simulated }: Pick<RunningGateway, 'url' | 'plan' | 'simulated'>,
  {
    policyPath,
    store,
    dataDir,
    seed,
    workers,
  }: Pick<GatewayConfig, 'policyPath' | 'store' | 'dataDir' | 'seed' | 'workers'>,
  atHome: string,
): string {
  const pools = [...plan.pools.keys()];
  const [alias] = plan.aliases.keys();
  const body = JSON.stringify({ model: alias ?? pools[0], messages: [{ role: 'user', content: QUESTION }] });
  const facts = [
    ['policy', policyPath],
    ['data', store === 'lmdb' ? dataDir : `in ${store}`],
    ['seed', String(seed)],
    ...(workers > 1 ? [['workers', String(workers)]] : []),
  ].map(([name = '', value]) => `  ${name.padEnd(8)} ${value}`);
  const demo = `npx sluice demo${new URL(url).port === '8080' ? '' : ` --url ${url}`}`;
  const where = store === 'lmdb' ? (dataDir === atHome ? '' : ` --data-dir ${dataDir}`) : ` --store ${store}`;
  const log = store === 'memory' ? 'kept until it stops, for feedback alone' : `npx sluice log${where}`;
  return `
Sluice routes ${pools.join(', ')} on ${url}
${facts.join('\n')}${simulated.length > 0 ? `\n  simulated model servers: ${simulated.join(', ')}` : ''}

Send it a request (-i shows where it went and why):

  curl -i ${url}/v1/chat/completions -H 'content-type: application/json' -d '${body}'

Watch it learn:  ${demo}
Its decisions:   ${log}
Read next:       README.md, docs/policy.md
`;
}
