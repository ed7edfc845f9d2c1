// What must be true of a gateway after anything that callers or model servers did to it.
import { expect } from 'vitest';
import type { Outcome } from '../../src/feedback/index.ts';
import { chat, metric, until, type TestGateway } from './harness.ts';
import { readDataDirectory } from './log-reader.ts';

/**
 * Nothing is under way, nothing was a bug, the next request is fine (unless `next` is false: nobody is there to answer it), and each decision
 * has exactly one outcome, which is counted once. Closes the gateway; gives back the outcomes, oldest first, without the next request's.
 */
export async function expectUnharmed(gateway: TestGateway, next = true): Promise<readonly Outcome[]> {
  await until('no decision is open', async () => (await metric(gateway, 'sluice_open_decisions')) === 0);
  if (next) expect((await chat(gateway)).status).toBe(200);
  expect(await metric(gateway, 'sluice_endpoint_in_flight')).toBe(0);
  expect(await metric(gateway, 'sluice_queue_length')).toBe(0);
  const counted = await metric(gateway, 'sluice_requests_total');
  expect(gateway.log.filter((line) => line.includes('unexpected error'))).toEqual([]);
  await gateway.close();
  const data = await readDataDirectory(gateway.dataDir);
  expect([data.outcomes, counted]).toEqual([data.decisions.length, data.decisions.length]);
  const outcomes = data.decisions.map(({ outcome }) => outcome);
  return next ? outcomes.slice(0, -1) : outcomes;
}
