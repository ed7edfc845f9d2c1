// The caller's end, over a real socket: left, finished, or gone before anybody looked.
import { once } from 'node:events';
import { createServer, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { gatewayErrors } from '../errors.ts';
import { ClientStream } from './client-stream.ts';

/** Calls `serve` with the server's end of one request; resolves to what the caller got, or the code of its error. */
async function exchange(serve: (raw: ServerResponse, leave: () => void) => Promise<void>): Promise<string> {
  let leave = (): void => undefined;
  let done: Promise<void> = Promise.resolve();
  const server = createServer((_request, raw) => {
    done = serve(raw, () => leave());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const heard = await new Promise<string>((resolve) => {
    const call = request({ port: (server.address() as AddressInfo).port, agent: false });
    leave = () => void call.destroy();
    call.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
    call.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('error', (error: NodeJS.ErrnoException) => resolve(`${text} then ${error.code}`));
      response.on('end', () => resolve(`${response.statusCode} ${text}`));
    });
    call.end();
  });
  await done;
  server.close();
  return heard;
}

describe('a caller', () => {
  it('that had left before its stream was made is gone: listeners hear of it at once', async () => {
    const seen: unknown[] = [];
    await exchange(async (raw, leave) => {
      leave();
      await once(raw, 'close');
      const client = new ClientStream(raw);
      client.onGone(() => seen.push('heard'));
      seen.push(client.gone);
    });
    expect(seen).toEqual(['heard', true]);
  });

  it('that leaves later is gone then, and only the last listener hears of it', async () => {
    const heard: string[] = [];
    await exchange(async (raw, leave) => {
      const client = new ClientStream(raw);
      client.onGone(() => heard.push('first'));
      client.onGone(() => heard.push('last'));
      leave();
      await once(raw, 'close');
      expect(client.gone).toBe(true);
    });
    expect(heard).toEqual(['last']);
  });

  it('that got its whole answer has not left', async () => {
    const heard: string[] = [];
    const answer = await exchange(async (raw) => {
      const client = new ClientStream(raw);
      client.onGone(() => heard.push('gone'));
      client.send(201, [], Buffer.from('whole'));
      await once(raw, 'close');
      expect(client.gone).toBe(false);
    });
    expect([answer, heard]).toEqual(['201 whole', []]);
  });

  it('gets an envelope for an error before the first byte, and a broken connection after it', async () => {
    const early = await exchange(async (raw) => {
      new ClientStream(raw).fail(gatewayErrors.internal(), ['x-sluice-route', 'r']);
    });
    expect(early).toMatch(/^500 \{"error":\{.*"sluice_code":"SLUICE_GATEWAY_INTERNAL"\}\}$/u);
    const late = await exchange(async (raw) => {
      const client = new ClientStream(raw);
      client.begin(200, []);
      await new Promise((resolve) => void raw.write('half', resolve));
      client.fail(gatewayErrors.internal(), []);
    });
    expect(late).toBe('half then ECONNRESET');
  });
});
