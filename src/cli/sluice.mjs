#!/usr/bin/env node
// The `sluice` executable: runs dist/, which a checkout makes of its sources first where they have changed.
import { existsSync } from 'node:fs';

const builder = new URL('../../build.mjs', import.meta.url);
if (existsSync(builder)) await (await import(builder.href)).bringUpToDate();
await import(new URL('../../dist/cli/main.js', import.meta.url).href);
