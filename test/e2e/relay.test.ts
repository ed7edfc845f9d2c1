// Bytes: what the upstream sent is what the caller gets, whatever the chunks; what the caller sent is what the upstream gets, but for `model`.
import { request, type IncomingMessage } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDataDirectory } from './log-reader.ts';
import {
  bytesOf,
  chat,
  gatewayOver,
  policyOver,
  send,
  sim,
  until,
  upstream,
  user,
  type TestGateway,
  type Upstream,
} from './harness.ts';

const PLAIN = Buffer.from(
  '{ "choices" : [ {"index":0,"message":{"role":"assistant","content":"Größe \\u00e9 😀"},"finish_reason":"stop"} ],\n\t"x_extra": 1.0, "usage":{"prompt_tokens":3,"completion_tokens":5} }\n',
);

async function behind(): Promise<{ gateway: TestGateway; server: Upstream }> {
  const server = await upstream((response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(PLAIN),
  );
  return { server, gateway: await gatewayOver(policyOver({ a: { endpoints: [server.url] } })) };
}

/** Writes the pieces one turn of the event loop apart, so that they travel apart. */
function inPieces(server: Upstream, type: string, pieces: readonly Buffer[]): void {
  server.answer((response) => {
    response.writeHead(200, { 'content-type': type });
    void (async () => {
      for (const piece of pieces) {
        response.write(piece);
        await turn();
      }
      response.end();
    })();
  });
}

function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  const edges = [0, ...at.map((edge) => edge % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  return edges
    .slice(1)
    .map((edge, i) => bytes.subarray(edges[i], edge))
    .filter((piece) => piece.length > 0);
}

describe('an answer', () => {
  it('comes through plain byte for byte, also cut inside a character', async () => {
    const { gateway, server } = await behind();
    const inside = PLAIN.indexOf(Buffer.from('😀')) + 2;
    for (const pieces of [[PLAIN], cut(PLAIN, [1, inside]), Array.from(PLAIN, (byte) => Buffer.from([byte]))]) {
      inPieces(server, 'application/json', pieces);
      expect((await chat(gateway)).bytes.equals(PLAIN)).toBe(true);
    }
  });

  it('that is streamed is accounted for by the upstream’s own count, which only callers who asked for it see', async () => {
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [(await sim('m-a')).url] } }));
    const quiet = await chat(gateway, { stream: true });
    const curious = await chat(gateway, { stream: true, stream_options: { include_usage: true } });
    expect(quiet.text).not.toContain('"usage":{');
    expect(quiet.text.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(curious.text).toContain('"choices":[],"usage":{');
    await gateway.close();
    const tokens = quiet.text.match(/"content":"[^"]/gu)?.length;
    for (const { outcome } of (await readDataDirectory(gateway.dataDir)).decisions) {
      expect(outcome?.usage).toMatchObject({ outputTokens: tokens, estimated: false });
    }
  });

  it('comes through streamed byte for byte: any events, any chunking', async () => {
    const { gateway, server } = await behind();
    const line = fc.oneof(
      fc.constant(': keep-alive'),
      fc.constant('data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}'),
      fc.constant('data: [DONE]'),
      fc.string({ unit: 'binary', maxLength: 40 }).map((text) => `data: ${JSON.stringify({ text })}`),
      fc.string({ maxLength: 20 }),
    );
    const end = fc.constantFrom('\n\n', '\r\n\r\n', '\n', '');
    const events = fc.array(
      fc.tuple(line, end).map((pair) => pair.join('')),
      { minLength: 1, maxLength: 12 },
    );
    const edges = fc.array(fc.nat({ max: 5_000 }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(events, edges, async (list, at) => {
        const bytes = Buffer.from(`${list.join('')}\n\ndata: [DONE]\n\n`);
        inPieces(server, 'text/event-stream', cut(bytes, at));
        const answer = await chat(gateway, { stream: true, stream_options: { include_usage: true } });
        expect(answer.bytes.equals(bytes)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('waits for a caller that does not read, in bounded memory, and then comes through whole', async () => {
    const { gateway, server } = await behind();
    const event = Buffer.from(`data: ${'x'.repeat(60_000)}\n\n`);
    const done = Buffer.from('data: [DONE]\n\n');
    const events = 2_000;
    let written = 0;
    server.answer((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const more = (): void => {
        while (written < events) {
          written++;
          if (!response.write(event)) return void response.once('drain', more);
        }
        response.end(done);
      };
      more();
    });
    const headers = { 'content-type': 'application/json' };
    const call = request(`${gateway.url}/v1/chat/completions`, { method: 'POST', headers, agent: false });
    const response = new Promise<IncomingMessage>((resolve) => void call.on('response', resolve));
    call.end(JSON.stringify({ model: 'auto', stream: true, messages: user('Hi') }));
    const answer = await response;
    let calm = 0;
    let before = -1;
    await until('the upstream waits', () => {
      calm = written === before ? calm + 1 : 0;
      before = written;
      return calm > 20;
    });
    // What the kernel and the three processes' buffers hold; the whole is 120 MB.
    expect(written).toBeLessThan(events / 3);
    const bytes = await bytesOf(answer);
    expect(bytes.length).toBe(events * event.length + done.length);
    expect(bytes.subarray(-event.length - done.length).equals(Buffer.concat([event, done]))).toBe(true);
  });

  it('has its usage read from the end of the stream, wherever it is cut', async () => {
    const { gateway, server } = await behind();
    const bytes = Buffer.from(
      'data: {"choices":[{"delta":{"content":"a"}}],"usage":null}\n\ndata: {"choices":[],"usage":{"prompt_tokens":11,"completion_tokens":7}}\n\ndata: [DONE]\n\n',
    );
    for (const at of [[], [70], [100], [bytes.length - 3], [60, 75, 90, 110]]) {
      inPieces(server, 'text/event-stream', cut(bytes, at));
      await chat(gateway, { stream: true });
    }
    await gateway.close();
    for (const { outcome } of (await readDataDirectory(gateway.dataDir)).decisions) {
      expect(outcome.usage).toEqual({ inputTokens: 11, cachedInputTokens: 0, outputTokens: 7, estimated: false });
      expect(outcome.costUsd).toBeCloseTo((11 * 1 + 7 * 2) / 1e6, 12);
    }
  });
});

describe('a request', () => {
  const messages = '[{"role":"user","content":"Say \\"model\\": \\"auto\\" 😀"}]';
  // @ stands for the one value that may change.
  it.each([
    ['with model first', '"auto"', `{"model":@,"messages":${messages},"big":12345678901234567890,"x":1.0}`],
    ['with model last and white space', '"auto"', `{"messages" : ${messages} ,\n\t"model" :\r @ }`],
    ['with an inner model', '"auto"', `{"metadata":{"model":"auto","big":1.0},"model":@,"messages":${messages}}`],
    [
      'with that word as a value',
      '"auto"',
      `{"messages":[{"role":"user","content":"model"}],"user":"model","model":@}`,
    ],
    ['with an escaped key', '"auto"', `{"mod\\u0065l":@,"metadata":{"model":"auto"},"messages":${messages}}`],
    ['with an escaped value', '"\\u0061uto"', `{"model":@,"messages":${messages},"x":9007199254740993}`],
    [
      'with brackets in strings',
      '"auto"',
      `{"messages":[{"role":"user","content":"}]\\\\"}],"a":[{"b":"{["}],"model":@}`,
    ],
  ])('%s reaches the upstream with nothing else changed', async (_what, model, template) => {
    const { gateway, server } = await behind();
    const body = template.replace('@', model);
    expect((await send(`${gateway.url}/v1/chat/completions`, { body })).status).toBe(200);
    expect(server.seen[0]?.body.toString()).toBe(template.replace('@', '"m-a"'));
  });

  it('with the key given twice names the chosen model both times: no upstream reads another', async () => {
    const { gateway, server } = await behind();
    await send(`${gateway.url}/v1/chat/completions`, {
      body: `{"model":"m-secret","messages":${messages},"model":"auto"}`,
    });
    expect(server.seen[0]?.body.toString()).toBe(`{"model":"m-a","messages":${messages},"model":"m-a"}`);
  });

  it('for the model that is chosen anyway is not touched', async () => {
    const { gateway, server } = await behind();
    const body = `{"model":"m-a","messages":${messages} ,"x":1e999}`;
    await send(`${gateway.url}/v1/chat/completions`, { body });
    expect(server.seen[0]?.body.toString()).toBe(body);
  });

  it('with unicode in the alias and in the model is routed', async () => {
    const server = await upstream((response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(PLAIN),
    );
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [server.url], model: 'größe-😀' } }));
    const answer = await chat(gateway, { model: 'größe-😀', messages: user('é') });
    expect(answer.headers['x-sluice-model']).toBe('gr??e-??');
    await chat(gateway);
    for (const { body } of server.seen) expect(JSON.parse(body.toString())).toMatchObject({ model: 'größe-😀' });
  });
});
