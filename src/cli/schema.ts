// sluice schema: the JSON Schema of policy files and of their tests, for editors and for other checks.
import { Command } from 'commander';
import { policyJsonSchema, policyTestsJsonSchema } from '../policy/index.ts';
import { STRATEGIES } from '../router/index.ts';

export function schemaCommand(): Command {
  return new Command('schema')
    .description('Print the JSON Schema (draft 2020-12) of policy files.')
    .option('--tests', 'that of the files with their tests instead')
    .addHelpText(
      'after',
      '\nAn editor that speaks YAML follows `# yaml-language-server: $schema=policy.schema.json` in the first line of a policy.',
    )
    .action(({ tests }: { readonly tests?: true }) => {
      console.log(JSON.stringify(tests ? policyTestsJsonSchema() : policyJsonSchema(STRATEGIES), null, 2));
    });
}
