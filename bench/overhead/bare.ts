// The limit of the stack: a pass-through of node:http and undici, as little as a gateway can do. Sluice is measured against it.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';

const pool = new Pool(process.argv[2] ?? '', { connections: null, pipelining: 1 });
const ONE_HOP = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'keep-alive']);
let lastModel = '';

function keep(from: IncomingMessage['headers']): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const name in from) if (!ONE_HOP.has(name)) headers[name] = from[name] ?? '';
  return headers;
}

function pass(body: Buffer, request: IncomingMessage, response: ServerResponse): void {
  lastModel = (JSON.parse(body.toString()) as { model: string }).model;
  let abort = (): void => undefined;
  response.on('close', () => {
    if (!response.writableFinished) abort();
  });
  pool.dispatch(
    { path: request.url ?? '/', method: 'POST', headers: keep(request.headers), body },
    {
      onRequestStart: (controller) => {
        abort = () => controller.abort(new Error('the caller left'));
        response.on('drain', () => controller.resume());
      },
      onResponseStart: (_controller, status, headers) => void response.writeHead(status, keep(headers)),
      onResponseData: (controller, chunk) => {
        if (!response.write(chunk)) controller.pause();
      },
      onResponseEnd: () => void response.end(),
      onResponseError: () => void (response.headersSent ? response.destroy() : response.writeHead(502).end()),
    },
  );
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => pass(Buffer.concat(chunks), request, response));
});
server.listen(0, '127.0.0.1', () => console.log(`on http://127.0.0.1:${(server.address() as AddressInfo).port}`));
process.stdin.resume().on('end', () => process.exit(lastModel === '' ? 1 : 0));
