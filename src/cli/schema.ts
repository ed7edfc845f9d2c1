// sluice schema: the JSON Schema of policy files, for editors and for other checks.
import { Command } from 'commander';
import { policyJsonSchema } from '../policy/index.ts';
import { STRATEGIES } from '../router/index.ts';

export function schemaCommand(): Command {
  return new Command('schema')
    .description('Print the JSON Schema (draft 2020-12) of policy files.')
    .addHelpText(
      'after',
      '\nAn editor that speaks YAML follows `# yaml-language-server: $schema=policy.schema.json` in the first line of a policy.',
    )
    .action(() => console.log(JSON.stringify(policyJsonSchema(STRATEGIES), null, 2)));
}
