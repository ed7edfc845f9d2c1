// sluice route: what a policy would do with one request, and why, without serving anything.
import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { SluiceError } from '../base/index.ts';
import { loadPolicy } from '../config/index.ts';
import { formatDiagnostic, type Plan } from '../policy/index.ts';
import { createOffline, type OfflineDecision } from '../root/index.ts';
import { explain } from '../router/index.ts';
import { ENGINE_PROFILES } from '../sim/index.ts';
import type { Operation } from '../workload/index.ts';

interface Options {
  readonly model: string;
  readonly body?: object;
  readonly operation: Operation;
  readonly header: Readonly<Record<string, string>>;
  readonly caller?: string;
  readonly down: readonly string[];
}

const EXIT_WRONG = 2;
/** Told beside what the policy's conditions ask. */
const ALWAYS = ['operation', 'kind', 'model', 'topic', 'topic_confidence', 'tokens.input'];

export function routeCommand(): Command {
  return new Command('route')
    .description('Say what a policy would do with a request, and why. Nothing is served, sent or learnt.')
    .argument('<file>', 'policy file')
    .argument('[text]', 'the user message of a chat')
    .option('--model <name>', 'the model that is asked for, unless the body names one', 'auto')
    .option('--body <file>', 'the whole body instead of a text: a JSON file, or - for standard input', readBody)
    .addOption(
      new Option('--operation <operation>', 'the API that the body is for')
        .choices(['chat', 'completion', 'embedding'])
        .default('chat'),
    )
    .option('--header <name=value>', 'a header of the request, repeatable: x-sluice-tags=team=red', addHeader, {})
    .option('--caller <name>', 'who of the policy’s callers sends it')
    .option(
      '--down <pool>',
      'a pool without a healthy endpoint, repeatable',
      (pool, before: string[]) => [...before, pool],
      [],
    )
    .addHelpText(
      'after',
      '\nEvery pool is healthy unless it is down, nothing has been learnt, and strategies draw 0.5.\nExit code 1: the request is refused; 2: the policy cannot be served.',
    )
    .action(async (file: string, text: string | undefined, options: Options, command: Command) => {
      if ((text === undefined) === (options.body === undefined)) {
        command.error('error: expected a text or --body, one of the two', { exitCode: EXIT_WRONG });
      }
      try {
        const compiled = await loadPolicy(file, Object.keys(ENGINE_PROFILES));
        if (compiled.kind === 'invalid') {
          for (const diagnostic of compiled.diagnostics) console.error(formatDiagnostic(diagnostic));
          process.exitCode = EXIT_WRONG;
          return;
        }
        const unknown = unknownIn(compiled.plan, options);
        if (unknown !== undefined) command.error(`error: ${unknown}`, { exitCode: EXIT_WRONG });
        print(await ask(compiled.plan, text, options), namesOf(compiled.plan));
      } catch (error) {
        if (!(error instanceof SluiceError)) throw error;
        console.error(error.message);
        process.exitCode = EXIT_WRONG;
      }
    });
}

function unknownIn({ pools, callers }: Plan, { down, caller }: Options): string | undefined {
  const pool = down.find((name) => !pools.has(name));
  if (pool !== undefined) return `unknown pool "${pool}", expected one of ${[...pools.keys()].join(', ')}`;
  if (caller === undefined || callers.has(caller)) return undefined;
  return `unknown caller "${caller}", expected one of ${[...callers.keys()].join(', ') || 'none: the policy names no callers'}`;
}

async function ask(plan: Plan, text: string | undefined, options: Options): Promise<OfflineDecision> {
  const { model, body, operation, header, caller, down } = options;
  const offline = await createOffline(plan);
  return offline.ask({
    operation,
    body: body === undefined ? { model, messages: [{ role: 'user', content: text }] } : { model, ...body },
    headers: header,
    caller,
    given: { unhealthy: [...down] },
    facts: namesOf(plan),
  });
}

function namesOf({ needs, signals }: Plan): readonly string[] {
  return [...new Set([...ALWAYS, ...needs.facts, ...[...signals.keys()].map((name) => `signals.${name}`)])];
}

function print(outcome: OfflineDecision, names: readonly string[]): void {
  if (outcome.kind === 'refused') {
    const { code, message, spec } = outcome.error;
    console.error(`refused with ${spec.status} ${code}: ${message}`);
    process.exitCode = 1;
    return;
  }
  const { decision, facts } = outcome;
  const width = Math.max(...names.map((name) => name.length));
  console.log('seen');
  for (const name of names) console.log(`  ${name.padEnd(width)}  ${shown(facts[name])}`);
  console.log('decided');
  for (const line of explain(decision)) console.log(`  ${line}`);
  console.log('asked');
  for (const [i, { pool, fallbacks, accept }] of decision.stages.entries()) {
    const behind = fallbacks.length === 0 ? '' : `; if it fails, ${fallbacks.join(', then ')}`;
    console.log(`  ${i + 1}. ${pool}${accept === undefined ? '' : ', and on if its answer fails a check'}${behind}`);
  }
}

/** Numbers to three digits; of shares by name the largest three. */
function shown(value: unknown): string {
  const rounded = (one: unknown): unknown => (typeof one === 'number' ? Number(one.toFixed(3)) : one);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return JSON.stringify(rounded(value));
  const entries = Object.entries(value).map(([name, one]) => [name, rounded(one)] as const);
  if (entries.length <= MOST_SHARES || typeof entries[0]?.[1] !== 'number') return JSON.stringify(value);
  const largest = entries.toSorted(([, a], [, b]) => Number(b) - Number(a)).slice(0, MOST_SHARES);
  return `${JSON.stringify(Object.fromEntries(largest)).slice(0, -1)}, …}`;
}

const MOST_SHARES = 3;

function readBody(path: string): object {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path === '-' ? 0 : path, 'utf8'));
  } catch (error) {
    throw new InvalidArgumentError(`It cannot be read: ${error instanceof Error ? error.message : String(error)}.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidArgumentError('It must hold a JSON object.');
  }
  return value;
}

function addHeader(text: string, before: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const [, name, value] = /^([A-Za-z0-9-]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('It must be name=value.');
  return { ...before, [name.toLowerCase()]: value };
}
