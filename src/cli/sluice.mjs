#!/usr/bin/env node
// The `sluice` executable: runs the TypeScript sources in a checkout and the compiled files in a published package.
import { existsSync } from 'node:fs';

const sources = new URL('./main.ts', import.meta.url);
if (existsSync(sources)) {
  const { register } = await import('tsx/esm/api');
  register();
  await import(sources.href);
} else {
  await import(new URL('../../dist/cli/main.js', import.meta.url).href);
}
