// kill -9 at random moments while feedback is posted: what was acknowledged is there, and nothing counts twice.
import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { seededRandom } from '../../src/base/index.ts';
import { loggedDecisions } from '../../src/feedback/index.ts';
import { openLmdbStore } from '../../src/store/index.ts';
import { serveInChild } from './child-gateway.ts';
import { chat, gatewayOver, idOf, policyOver, sendFeedback, sim, tempDirectory, until, upstream } from './harness.ts';
import { observations, readDataDirectory } from './log-reader.ts';

/** Decisions that no outcome is stored of. */
async function openOnDisk(directory: string): Promise<number> {
  const store = openLmdbStore({ directory, readOnly: true });
  let open = 0;
  for await (const { outcome } of loggedDecisions(store)) if (outcome === undefined) open++;
  await store.close();
  return open;
}

const ROUNDS = 3;
const SEED = 42;

it(`keeps every acknowledged feedback through ${ROUNDS} kills, and counts each decision once (seed ${SEED})`, async () => {
  const random = seededRandom(SEED);
  const directory = tempDirectory();
  const [policyPath, dataDir] = [`${directory}/policy.yaml`, `${directory}/data`];
  const hangs = await upstream(() => undefined);
  const pools = {
    a: { endpoints: [(await sim('m-a')).url] },
    b: { endpoints: [(await sim('m-b')).url] },
    hangs: { endpoints: [hangs.url] },
  };
  const routes = [{ name: 'main', candidates: ['a', 'b'], strategy: 'bandit' }];
  const policy = policyOver(pools, { routes });
  writeFileSync(policyPath, policy);

  const sent = new Map<string, { decision_id: string; score: number }>();
  const acknowledged = new Set<string>();
  for (let round = 1; round <= ROUNDS; round++) {
    const child = await serveInChild(policyPath, dataDir, { SLUICE_LOG_LEVEL: 'warn' });
    if (round > 1) expect(child.printed).toMatch(/\d+ decisions were left open by a process that died/u);
    const life = { killed: false };
    const worker = async (): Promise<void> => {
      while (!life.killed) {
        const body = { decision_id: idOf(await chat(child)), score: acknowledged.size % 2 };
        const key = `key of ${body.decision_id}`;
        sent.set(key, body);
        const answer = await sendFeedback(child, body, key);
        expect(answer.json().status).toBe('counted');
        acknowledged.add(key);
      }
    };
    // Open when the process dies: its outcome can only come from the next one.
    void chat(child, { model: 'hangs' }).catch(() => undefined);
    await until('its decision is on disk', async () => (await openOnDisk(dataDir)) > 0);
    const workers = Array.from({ length: 6 }, () =>
      worker().catch((error: unknown) => {
        if (!life.killed) throw error;
      }),
    );
    const enough = acknowledged.size + 20;
    await until('feedback is acknowledged', () => acknowledged.size >= enough, 60_000);
    await pause(random() * 100);
    life.killed = true;
    child.signal('SIGKILL');
    expect((await child.ended).signal).toBe('SIGKILL');
    await Promise.all(workers);
  }

  const gateway = await gatewayOver(policy, { dataDir });
  for (const [key, body] of sent) {
    const answer = await sendFeedback(gateway, body, key);
    // Not acknowledged: it, or even its decision, may have been lost or not.
    if (acknowledged.has(key)) expect(answer.json()).toMatchObject({ status: 'duplicate' });
    else expect([200, 404]).toContain(answer.status);
  }
  await gateway.close();

  const data = await readDataDirectory(dataDir);
  const rated = data.decisions.filter(({ feedback }) => feedback !== undefined);
  const ratedIds = new Set(rated.map(({ record }) => String(record.id)));
  for (const key of acknowledged) expect(ratedIds).toContain(sent.get(key)?.decision_id);
  for (const { record, feedback } of rated) {
    expect(feedback?.entries.map(({ score }) => score)).toEqual([sent.get(`key of ${record.id}`)?.score]);
  }
  // Feedback on an answer that a dead gateway never finished recording is kept and not learnt.
  const learnt = rated.filter(({ feedback }) => feedback?.learned !== undefined);
  expect(observations(data)).toBe(learnt.length);
  expect(learnt.length).toBeGreaterThanOrEqual(acknowledged.size);
  const left = data.decisions.filter(({ outcome }) => outcome.errorCode === 'SLUICE_GATEWAY_STOPPED');
  expect(left.length).toBeGreaterThanOrEqual(ROUNDS);
  for (const { outcome } of left) expect(outcome).toMatchObject({ finish: 'abandoned', status: 0 });
}, 300_000);
