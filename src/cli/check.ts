// sluice check: every error of a policy with file:line:column, and its tests; exit code 0, or 2.
import { Command } from 'commander';
import { SluiceError } from '../base/index.ts';
import { isTestsFile, loadPolicy, loadTests, testsBeside } from '../config/index.ts';
import { formatDiagnostic, type Diagnostic, type Plan } from '../policy/index.ts';
import { ENGINE_PROFILES } from '../sim/index.ts';
import { explainSignals } from './check-signals.ts';
import { runTests } from './policy-tests/run-tests.ts';

/** `tests`: a file; false: none are run; absent: those beside the policy. */
interface Options {
  readonly explain?: true;
  readonly overlaps?: true;
  readonly tests?: string | false;
}

const EXIT_WRONG = 2;

export function checkCommand(): Command {
  return new Command('check')
    .description('Check policies and run their tests: exit code 0, or 2 with every error as file:line:column.')
    .argument('<files...>', 'policy files')
    .option('--tests <file>', 'tests to run (default: NAME.test.yaml beside NAME.yaml, if it is there)')
    .option('--no-tests', 'run no tests')
    .option('--overlaps', 'note also where two routes would take one request, with an example')
    .option('--explain', 'say of every signal what it is, what it costs and who asks it')
    .addHelpText(
      'after',
      `
Warnings (conditions that can never hold, routes and pools that are never reached, settings without effect, keys sent in clear) do not change the exit code.
Tests are described in docs/policy.md; \`sluice schema --tests\` prints the JSON Schema of their files.`,
    )
    .action(async (files: readonly string[], options: Options) => {
      // `policies/*.yaml` names the tests as well.
      const policies = files.length === 1 ? files : files.filter((file) => !isTestsFile(file));
      for (const file of policies) {
        try {
          if (!(await checkPolicy(file, options))) process.exitCode = EXIT_WRONG;
        } catch (error) {
          if (!(error instanceof SluiceError)) throw error;
          console.error(error.message);
          process.exitCode = EXIT_WRONG;
        }
      }
    });
}

async function checkPolicy(file: string, { explain, tests, overlaps }: Options): Promise<boolean> {
  const depth = overlaps ? 'overlaps' : 'conflicts';
  const compiled = await loadPolicy(file, Object.keys(ENGINE_PROFILES), { depth });
  const found = compiled.kind === 'invalid' ? compiled.diagnostics : compiled.warnings;
  print(found);
  if (compiled.kind === 'invalid') {
    console.error(`${errorsIn(found)}: this policy cannot be served`);
    return false;
  }
  const { pools, routes, aliases, fingerprint } = compiled.plan;
  console.log(
    `${file}: ok (${pools.size} pools, ${routes.length} routes, aliases ${[...aliases.keys()].join(', ') || 'none'}; plan ${fingerprint})`,
  );
  if (explain) for (const line of explainSignals(compiled.plan)) console.log(line);
  if (tests === false) return true;
  const path = tests ?? testsBeside(file);
  return path === undefined || checkTests(path, compiled.plan);
}

async function checkTests(path: string, plan: Plan): Promise<boolean> {
  const parsed = await loadTests(path, plan);
  if (parsed.kind === 'invalid') {
    print(parsed.diagnostics);
    console.error(`${errorsIn(parsed.diagnostics)}: these tests cannot be run`);
    return false;
  }
  const { tests, held, lines } = await runTests(plan, parsed);
  for (const line of lines) console.error(line);
  console.log(
    `${path}: ${held === tests ? `all ${tests}` : `${held} of ${tests}`} ${tests === 1 ? 'test holds' : 'tests hold'}`,
  );
  return held === tests;
}

function print(found: readonly Diagnostic[]): void {
  for (const diagnostic of found) console.error(formatDiagnostic(diagnostic));
}

function errorsIn(found: readonly Diagnostic[]): string {
  const errors = found.filter((d) => d.severity === 'error').length;
  return `${errors} ${errors === 1 ? 'error' : 'errors'}`;
}
