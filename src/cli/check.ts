// sluice check: every error of a policy with file:line:column; exit code 0, or 2.
import { Command } from 'commander';
import { SluiceError } from '../base/index.ts';
import { loadPolicy } from '../config/index.ts';
import { formatDiagnostic } from '../policy/index.ts';
import { ENGINE_PROFILES } from '../sim/index.ts';
import { explainSignals } from './check-signals.ts';

export function checkCommand(): Command {
  return new Command('check')
    .description('Check a policy: exit code 0, or 2 with every error as file:line:column.')
    .argument('<file>', 'policy file')
    .option('--explain', 'say of every signal what it is, what it costs and who asks it')
    .addHelpText(
      'after',
      '\nWarnings (routes and pools that are never reached, settings without effect, keys sent in clear) do not change the exit code.',
    )
    .action(async (file: string, { explain = false }: { readonly explain?: boolean }) => {
      try {
        const compiled = await loadPolicy(file, Object.keys(ENGINE_PROFILES));
        const found = compiled.kind === 'invalid' ? compiled.diagnostics : compiled.warnings;
        for (const diagnostic of found) console.error(formatDiagnostic(diagnostic));
        if (compiled.kind === 'invalid') {
          const errors = found.filter((d) => d.severity === 'error').length;
          console.error(`${errors} ${errors === 1 ? 'error' : 'errors'}: this policy cannot be served`);
          process.exitCode = 2;
          return;
        }
        const { pools, routes, aliases, fingerprint } = compiled.plan;
        console.log(
          `${file}: ok (${pools.size} pools, ${routes.length} routes, aliases ${[...aliases.keys()].join(', ') || 'none'}; plan ${fingerprint})`,
        );
        if (explain) for (const line of explainSignals(compiled.plan)) console.log(line);
      } catch (error) {
        if (!(error instanceof SluiceError)) throw error;
        console.error(error.message);
        process.exitCode = 2;
      }
    });
}
