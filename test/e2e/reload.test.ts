// A policy that changes under traffic: taken up whole or refused whole, and no stream notices.
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { dirname, join } from 'node:path';
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { bytesOf, chat, gatewayOver, metric, policyOver, send, sim, until, upstream, user } from './harness.ts';

describe('a changed policy', () => {
  it('is taken up when it is good, and a running stream of a pool that is gone ends whole', async () => {
    let open: ServerResponse | undefined;
    const old = await upstream((response) => {
      open = response.writeHead(200, { 'content-type': 'text/event-stream' });
      open.write('data: first\n\n');
    });
    const next = await sim('m-next');
    const gateway = await gatewayOver(policyOver({ old: { endpoints: [old.url] } }));
    const text = new Promise<string>((resolve, reject) => {
      const headers = { 'content-type': 'application/json' };
      const call = request(`${gateway.url}/v1/chat/completions`, { method: 'POST', headers, agent: false });
      call.on('response', (response) => void bytesOf(response).then(String).then(resolve, reject)).on('error', reject);
      call.end(JSON.stringify({ model: 'auto', stream: true, messages: user('Hi') }));
    });
    await until('the stream has begun', () => open);
    await gateway.reload(policyOver({ next: { endpoints: [next.url] } }));
    expect((await chat(gateway)).headers['x-sluice-pool']).toBe('next');
    expect((await chat(gateway, { model: 'old' })).status).toBe(404);
    open?.end('data: [DONE]\n\n');
    expect(await text).toBe('data: first\n\ndata: [DONE]\n\n');
    expect(await metric(gateway, 'sluice_policy_reloads_total{result="applied"}')).toBe(1);
    expect((await send(`${gateway.url}/metrics`)).text).not.toContain('sluice_endpoint_in_flight{pool="old"');
  });

  it('is refused when it is broken: logged with its place, the old one goes on routing', async () => {
    const server = await sim('m-a');
    const good = policyOver({ a: { endpoints: [server.url] } });
    const gateway = await gatewayOver(good);
    for (const broken of [
      'version: 1\npools: [',
      'version: 1\npools:\n  a: {}\n',
      good.replace('"main","candidates"', '"x","candidates"'),
    ]) {
      await gateway.reload(broken);
      expect(gateway.log.at(-1)).toMatch(/changed policy REFUSED, still routing by \w{12}:\\n\S+policy\.yaml:\d+:\d+/u);
      expect((await chat(gateway)).headers['x-sluice-pool']).toBe('a');
    }
    rmSync(gateway.policyPath);
    await gateway.reload();
    expect(gateway.log.at(-1)).toContain('there is no such file');
    expect(await metric(gateway, 'sluice_policy_reloads_total{result="refused"}')).toBe(4);
    // The same text again is no change.
    await gateway.reload(good);
    expect(await metric(gateway, 'sluice_policy_reloads_total')).toBe(4);
  });

  it('is noticed without a signal, also when the file is swapped by a rename', async () => {
    const server = await sim('m-a');
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [server.url] } }));
    writeFileSync(`${gateway.policyPath}.new`, policyOver({ b: { endpoints: [server.url], model: 'm-a' } }));
    renameSync(`${gateway.policyPath}.new`, gateway.policyPath);
    await until('it is taken up', async () => (await metric(gateway, 'sluice_policy_reloads_total')) === 1);
    expect((await chat(gateway)).headers['x-sluice-pool']).toBe('b');
  });

  it('is taken up when only the table that it names has changed', async () => {
    const pools = { a: { endpoints: [(await sim('m-a')).url] }, b: { endpoints: [(await sim('m-b')).url] } };
    const gateway = await gatewayOver(policyOver(pools));
    const table = join(dirname(gateway.policyPath), 'table.json');
    const write = (a: number, b: number): void =>
      writeFileSync(table, JSON.stringify({ version: 1, models: { good: { overall: a }, bad: { overall: b } } }));
    write(0.9, 0.1);
    const strategy = { kind: 'semantic', costWeight: 0, priors: 'table.json', as: { a: 'good', b: 'bad' } };
    await gateway.reload(policyOver(pools, { routes: [{ name: 'main', candidates: ['a', 'b'], strategy }] }));
    expect((await chat(gateway)).headers['x-sluice-pool']).toBe('a');
    // Of another length too: clocks of file systems may be coarse.
    write(0.1, 0.95);
    await until('it is taken up', async () => (await metric(gateway, 'sluice_policy_reloads_total')) === 2);
    expect((await chat(gateway)).headers['x-sluice-pool']).toBe('b');
  });

  it('keeps connections, load and health of the endpoints that stay', async () => {
    // For longer than any test takes: one that failed three times is asked again after two seconds.
    const bad = await upstream((response) =>
      response.writeHead(503, { 'content-type': 'application/json', 'retry-after': '60' }).end('{"error":{}}'),
    );
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [bad.url] } }));
    await chat(gateway);
    expect((await chat(gateway)).json().error.code).toBe('no_healthy_upstream');
    await gateway.reload(policyOver({ a: { endpoints: [bad.url] }, b: { endpoints: [(await sim('m-b')).url] } }));
    expect((await chat(gateway)).headers['x-sluice-pool']).toBe('b');
    expect(bad.seen).toHaveLength(1);
  });
});
