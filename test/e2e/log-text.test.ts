// The caller's words are on record only where the operator wants them, and not more than a few.
import { expect, it } from 'vitest';
import { chat, gatewayOver, policyOver, sim, user } from './harness.ts';
import { readDataDirectory } from './log-reader.ts';

it.each([
  ['0', 'a secret plan', undefined],
  ['1', 'a secret plan', 'a secret plan'],
  ['1', 'é'.repeat(5_000), 'é'.repeat(2_048)],
  ['1', `x${'é'.repeat(5_000)}`, `x${'é'.repeat(2_047)}`],
])('SLUICE_LOG_TEXT=%s', async (value, text, kept) => {
  const policy = policyOver({ a: { endpoints: [(await sim('m-a')).url] } });
  const gateway = await gatewayOver(policy, { env: { SLUICE_LOG_TEXT: value } });
  await chat(gateway, { messages: [...user(text), { role: 'assistant', content: 'So?' }] });
  await gateway.close();
  const { decisions, everything } = await readDataDirectory(gateway.dataDir);
  expect(decisions.map(({ record }) => record.text)).toEqual([kept]);
  if (kept === undefined) expect(everything).not.toContain(text);
});
