// Model servers behind https: their certificate is checked, connections are kept, and a new one resumes the old one's session.
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { serveInChild, type ChildGateway } from './child-gateway.ts';
import { atEnd, chat, policyOver, tempDirectory, user } from './harness.ts';

/** For localhost, of its own authority; its key is in this repository and protects nothing. */
const CERT = resolve(import.meta.dirname, 'fixtures/localhost.cert.pem');
const cert = readFileSync(CERT);
const key = readFileSync(resolve(import.meta.dirname, 'fixtures/localhost.key.pem'));
const ANSWER = JSON.stringify({
  object: 'chat.completion',
  choices: [{ message: { role: 'assistant', content: 'ok' } }],
});

/** Says for each connection whether it resumed a session; closes every second one after its answer. */
async function secureServer(): Promise<{ url: string; resumed: boolean[] }> {
  const resumed: boolean[] = [];
  let asked = 0;
  const server = createServer({ cert, key }, (request, response) => {
    request.resume().on('end', () => {
      const connection = ++asked % 2 === 0 ? 'close' : 'keep-alive';
      response.writeHead(200, { 'content-type': 'application/json', connection }).end(ANSWER);
    });
  });
  server.on('secureConnection', (socket: TLSSocket) => resumed.push(socket.isSessionReused()));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  atEnd(() => void server.close());
  return { url: `https://localhost:${(server.address() as AddressInfo).port}`, resumed };
}

async function gatewayTo(url: string, env: Readonly<Record<string, string>>): Promise<ChildGateway> {
  const directory = tempDirectory();
  const policy = join(directory, 'policy.yaml');
  writeFileSync(policy, policyOver({ a: { endpoints: [url] } }));
  return serveInChild(policy, join(directory, 'data'), env);
}

const ask = (gateway: ChildGateway) => chat(gateway, { messages: user('Hi') });

describe('a model server behind https', () => {
  it('whose certificate is trusted answers, over connections that are kept and sessions that are resumed', async () => {
    const server = await secureServer();
    const gateway = await gatewayTo(server.url, { NODE_EXTRA_CA_CERTS: CERT });
    for (let i = 0; i < 4; i++) expect((await ask(gateway)).status).toBe(200);
    expect(server.resumed).toEqual([false, true]);
  });

  it('whose certificate is not is unreachable, and gets no request', async () => {
    const server = await secureServer();
    const gateway = await gatewayTo(server.url, {});
    const answer = await ask(gateway);
    expect([answer.status, answer.json().error.code]).toEqual([502, 'upstream_unreachable']);
    expect(server.resumed.length).toBeLessThanOrEqual(1);
  });
});
