// A client from another world, Python's standard library, against the gateway as operators start it and against the simulated server.
import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { serveInChild } from './child-gateway.ts';
import { atEnd, policyOver, sim, tempDirectory } from './harness.ts';

const SCRIPT = resolve(import.meta.dirname, 'python-client.py');
// removeprefix came with 3.9.
const PYTHON_IS_THERE =
  spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 9))'], { timeout: 10_000 }).status === 0;
// oxlint-disable-next-line no-console -- a skipped test must say so
if (!PYTHON_IS_THERE) console.log('skipped: no python3 of at least 3.9 on PATH');

function python(base: string, model: string, checks: readonly string[]): Promise<{ code: number | null; out: string }> {
  const child = spawn('python3', [SCRIPT, '--base', base, '--model', model, ...checks], {
    env: { PATH: process.env['PATH'], PYTHONUNBUFFERED: '1', NO_PROXY: '*' },
  });
  let out = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => (out += bytes.toString()));
  const ended = new Promise<number | null>((done) => child.on('close', done));
  atEnd(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return ended.then((code) => ({ code, out }));
}
const passed = (checks: readonly string[]) => ({ code: 0, out: checks.map((check) => `ok ${check}\n`).join('') });

it.skipIf(!PYTHON_IS_THERE)('the gateway serves a client in Python', async () => {
  const server = await sim('m-a');
  const directory = tempDirectory();
  const policyPath = join(directory, 'policy.yaml');
  writeFileSync(policyPath, policyOver({ a: { endpoints: [server.url] } }));
  const gateway = await serveInChild(policyPath, join(directory, 'data'));
  const checks = ['models', 'chat', 'stream', 'tools', 'completions', 'embeddings', 'errors', 'keepalive'];
  expect(await python(`${gateway.url}/v1`, 'auto', checks)).toEqual(passed(checks));
});

it.skipIf(!PYTHON_IS_THERE)('the simulated server serves a client in Python', async () => {
  const checks = ['models', 'chat', 'stream', 'tools', 'completions', 'embeddings', 'errors', 'keepalive'];
  expect(await python((await sim('m-a')).url, 'm-a', checks)).toEqual(passed(checks));
});

it.skipIf(!PYTHON_IS_THERE)('the client in Python can fail', async () => {
  const server = await sim('m-a', { faults: [{ kind: 'no-done', rate: 1 }] });
  expect(await python(server.url, 'm-a', ['models', 'stream', 'chat'])).toEqual({
    code: 1,
    out: 'ok models\nfailed stream: AssertionError: the stream ended without [DONE]\n',
  });
});
