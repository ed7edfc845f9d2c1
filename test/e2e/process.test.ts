// The process as operators run it: exit codes and what it prints, draining on SIGTERM, SIGHUP.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { Agent, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runSluice, serveInChild } from './child-gateway.ts';
import { atEnd, bytesOf, gatewayOver, policyOver, send, tempDirectory, until, upstream, user } from './harness.ts';
import { readDataDirectory } from './log-reader.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** A stream that goes on when the test says so, over a connection that the caller would keep. */
async function heldStream(
  gateway: { url: string },
  opened: () => ServerResponse | undefined,
): Promise<{ text: Promise<string> }> {
  const agent = new Agent({ keepAlive: true });
  atEnd(() => agent.destroy());
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const call = request(`${gateway.url}/v1/chat/completions`, { method: 'POST', headers, agent });
    call.on('response', resolve).on('error', reject);
    call.end(JSON.stringify({ model: 'auto', stream: true, messages: user('Hi') }));
  });
  const text = response.then(bytesOf).then(String);
  await until('the stream has begun', opened);
  await response;
  return { text };
}

async function streamingUpstream() {
  let open: ServerResponse | undefined;
  const server = await upstream((response) => {
    open = response.writeHead(200, { 'content-type': 'text/event-stream' });
    open.write('data: first\n\n');
  });
  return { url: server.url, open: () => open };
}

function files(policy: string): { policyPath: string; dataDir: string } {
  const directory = tempDirectory();
  writeFileSync(`${directory}/policy.yaml`, policy);
  return { policyPath: `${directory}/policy.yaml`, dataDir: `${directory}/data` };
}

it('a gateway whose port is in use exits with 2, though simulated servers run by then', async () => {
  const gateway = await gatewayOver(policyOver({ a: { endpoints: ['sim://8b-h100'] } }));
  const { port } = new URL(gateway.url);
  const { policyPath, dataDir } = files(policyOver({ a: { endpoints: ['sim://8b-h100'] } }));
  const child = runSluice(['serve', '--policy', policyPath, '--data-dir', dataDir, '--port', port]);
  expect(await child.ended).toMatchObject({ code: 2 });
  expect(child.printed).toBe(`sluice: port ${port} is taken; choose another with --port\n`);
  // The one that was there goes on.
  expect((await send(`${gateway.url}/readyz`)).status).toBe(200);
});

describe('signals', () => {
  it('SIGHUP takes the policy up again; SIGTERM lets a running stream end whole, takes nothing new, and exits with 0 soon after', async () => {
    const stream = await streamingUpstream();
    const { policyPath, dataDir } = files(policyOver({ a: { endpoints: [stream.url] } }));
    const child = await serveInChild(policyPath, dataDir, { SLUICE_DRAIN_SECONDS: '300' });
    writeFileSync(policyPath, policyOver({ renamed: { endpoints: [stream.url] } }));
    child.signal('SIGHUP');
    await until('the new policy routes', async () => (await send(`${child.url}/v1/models`)).text.includes('renamed'));

    const { text } = await heldStream(child, stream.open);
    child.signal('SIGTERM');
    await until('it drains', () => child.printed.includes('sluice: draining'));
    await until('it is not ready', async () => {
      const answer = await send(`${child.url}/readyz`).catch((error: NodeJS.ErrnoException) => error.code);
      return answer === 'ECONNREFUSED' || (typeof answer === 'object' && answer.status === 503);
    });
    stream.open()?.write('data: second\n\n');
    const endedAt = performance.now();
    stream.open()?.end('data: [DONE]\n\n');
    expect(await text).toBe('data: first\n\ndata: second\n\ndata: [DONE]\n\n');
    const end = await child.ended;
    expect(end).toMatchObject({ code: 0, signal: null });
    // The caller keeps its connection: that must not hold the process up, as it would for more than a minute.
    expect(end.atMs - endedAt).toBeLessThan(30_000);
    expect(child.printed).toMatch(/sluice: stopped\s*$/u);
    expect((await readDataDirectory(dataDir)).decisions).toMatchObject([
      { record: { chosen: 'renamed' }, outcome: { finish: 'completed' } },
    ]);
  });
});

describe('closing', () => {
  it('answers what still comes over a busy connection with a coded 503', async () => {
    const stream = await streamingUpstream();
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [stream.url] } }));
    const port = Number(new URL(gateway.url).port);
    const body = JSON.stringify({ model: 'auto', stream: true, messages: user('Hi') });
    const raw = `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    let received = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(raw + raw));
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.setEncoding('utf8').on('data', (text: string) => (received += text));
    await until('the stream has begun', () => received.includes('data: first'));
    const closing = gateway.close();
    stream.open()?.end('data: [DONE]\n\n');
    await Promise.all([closed, closing]);
    expect(received).toContain('data: [DONE]');
    const [, second = ''] = received.split('0\r\n\r\n');
    expect(second).toMatch(/^HTTP\/1.1 503 /u);
    expect(second).toContain('"code":"shutting_down"');
  });

  it('cuts what has not ended when the drain time is over, as abandoned', async () => {
    const stream = await streamingUpstream();
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [stream.url] } }), {
      env: { SLUICE_DRAIN_SECONDS: '0' },
    });
    const { text } = await heldStream(gateway, stream.open);
    await Promise.all([gateway.close(), expect(text).rejects.toThrow('aborted')]);
    const { decisions } = await readDataDirectory(gateway.dataDir);
    expect(decisions.map(({ outcome }) => outcome.finish)).toEqual(['abandoned']);
  });
});

it('the executable runs in a checkout', () => {
  const { version } = JSON.parse(readFileSync(resolve(ROOT, 'package.json'), 'utf8')) as { version: string };
  const printed = execFileSync(process.execPath, [resolve(ROOT, 'src/cli/sluice.mjs'), '--version'], {
    encoding: 'utf8',
  });
  expect(printed.trim()).toBe(version);
});
