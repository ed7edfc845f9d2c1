// `sluice`: one command a file; this one only names them.
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { checkCommand } from './check.ts';
import { demoCommand } from './demo.ts';
import { distillCommand } from './distill.ts';
import { logCommand } from './log.ts';
import { relearnCommand } from './relearn.ts';
import { routeCommand } from './route.ts';
import { schemaCommand } from './schema.ts';
import { serveCommand } from './serve.ts';
import { simCommand } from './sim.ts';
import { topicsCommand } from './topics.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

await new Command('sluice')
  .description(
    'An LLM inference gateway: sees what a request is about, routes it by policy, learns from outcomes, explains every decision.',
  )
  .version(version)
  .addCommand(serveCommand())
  .addCommand(checkCommand())
  .addCommand(routeCommand())
  .addCommand(schemaCommand())
  .addCommand(topicsCommand())
  .addCommand(simCommand())
  .addCommand(logCommand())
  .addCommand(relearnCommand())
  .addCommand(demoCommand())
  .addCommand(distillCommand())
  .showHelpAfterError('(sluice --help shows how)')
  .parseAsync();
