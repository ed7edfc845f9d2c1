// `sluice`: one command a file; this one only names them.
import { readFileSync } from 'node:fs';
import { Command } from 'commander';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** Only the one that is asked for is read: what `sluice distill` needs costs `sluice serve` time and memory. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./serve.ts')).serveCommand(),
  check: async () => (await import('./check.ts')).checkCommand(),
  route: async () => (await import('./route.ts')).routeCommand(),
  schema: async () => (await import('./schema.ts')).schemaCommand(),
  topics: async () => (await import('./topics.ts')).topicsCommand(),
  sim: async () => (await import('./sim.ts')).simCommand(),
  log: async () => (await import('./log.ts')).logCommand(),
  relearn: async () => (await import('./relearn.ts')).relearnCommand(),
  demo: async () => (await import('./demo.ts')).demoCommand(),
  distill: async () => (await import('./distill.ts')).distillCommand(),
};

const sluice = new Command('sluice')
  .description(
    'An LLM inference gateway: sees what a request is about, routes it by policy, learns from outcomes, explains every decision.',
  )
  .version(version)
  .showHelpAfterError('(sluice --help shows how)');

const asked = process.argv[2] ?? '';
const named = Object.hasOwn(COMMANDS, asked) ? [asked] : Object.keys(COMMANDS);
for (const name of named) {
  const command = await COMMANDS[name]?.();
  if (command !== undefined) sluice.addCommand(command);
}
await sluice.parseAsync();
