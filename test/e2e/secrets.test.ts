// What must never be written anywhere: the pools' keys and what callers say.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { serveInChild } from './child-gateway.ts';
import { readDataDirectory } from './log-reader.ts';
import { chat, idOf, policyOver, send, sendFeedback, tempDirectory, upstream, user } from './harness.ts';

const KEY = 'sk-canary-6f1d2c9b';
const PROMPT = 'canary-prompt-quetzal';

describe('a canary key and a canary prompt', () => {
  it('are in no line, no metric, no record and no error body, whatever goes wrong, at the most talkative level', async () => {
    // Vendors say the key that they refuse.
    const echoes = await upstream((response, { headers }) => {
      const message = `Incorrect API key provided: ${headers.authorization}. Really: "${KEY}"`;
      response
        .writeHead(401, { 'content-type': 'application/json' })
        .end(JSON.stringify({ error: { message, code: 'own' } }));
    });
    const fails = await upstream((response) => response.socket?.destroy());
    const garbage = await upstream((response, { body }) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end(`<p>${body.toString()}</p>${KEY}`),
    );
    const fine = await upstream((response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"choices":[{"message":{"content":"ok"}}]}'),
    );
    const pools = Object.entries({ echoes, fails, breaks: fails, garbage, fine }).map(([name, { url }]) => [
      name,
      { endpoints: [url], apiKeyEnv: 'CANARY_KEY' },
    ]);
    const directory = tempDirectory();
    const policyPath = join(directory, 'policy.yaml');
    writeFileSync(
      policyPath,
      policyOver(Object.fromEntries(pools), {
        aliases: { auto: 'main' },
        // A pool of its own, so that none is ejected: a refused request has no record.
        routes: [{ name: 'main', candidates: ['breaks', 'fine'], strategy: 'fixed' }],
      }),
    );
    const env = { CANARY_KEY: KEY, SLUICE_LOG_LEVEL: 'trace' };
    const child = await serveInChild(policyPath, join(directory, 'data'), env);

    const heard: string[] = [];
    const tools = [{ type: 'function', function: { name: 'f', description: PROMPT, parameters: {} } }];
    for (const model of ['auto', 'echoes', 'fails', 'garbage', 'fine']) {
      for (const stream of [false, true]) {
        const messages = [{ role: 'system', content: PROMPT }, ...user(`${PROMPT} in C`)];
        const answer = await chat(child, { model, messages, tools, stream });
        heard.push(answer.text, JSON.stringify(answer.headers));
        await sendFeedback(child, { decision_id: idOf(answer), score: 1 });
      }
    }
    expect(fine.seen[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
    const url = `${child.url}/v1/chat/completions`;
    for (const body of [
      `{"model":"auto","messages":[{"role":"user","content":"${PROMPT}"`,
      `{"messages":"${PROMPT}"}`,
    ]) {
      heard.push((await send(url, { body })).text);
    }
    heard.push((await send(`${child.url}/v1/route`, { body: { model: 'auto', messages: user(PROMPT) } })).text);
    heard.push((await send(`${child.url}/metrics`)).text, (await send(`${child.url}/v1/models`)).text);
    child.signal('SIGTERM');
    expect(await child.ended).toMatchObject({ code: 0 });
    const data = await readDataDirectory(join(directory, 'data'));

    expect(heard.join('')).toContain('Incorrect API key provided');
    expect(data.decisions).toHaveLength(10);
    const places = {
      heard: heard.join('\n'),
      printed: child.printed,
      records: data.everything,
      data: filesUnder(join(directory, 'data')),
    };
    expect(places.data).toContain('dec_');
    for (const [place, text] of Object.entries(places)) {
      expect(text.includes(KEY), `the key in: ${place}`).toBe(false);
      expect(text.includes(PROMPT), `the prompt in: ${place}`).toBe(false);
    }
  });
});

/** Raw bytes, as latin1 and as UTF-16: keys are written in the latter. */
function filesUnder(directory: string): string {
  return readdirSync(directory)
    .map((name) => readFileSync(join(directory, name)))
    .map(
      (bytes) =>
        `${bytes.toString('latin1')}\n${Buffer.from(bytes).toString('utf16le')}\n${Buffer.from(bytes.subarray(1)).toString('utf16le')}`,
    )
    .join('\n');
}
