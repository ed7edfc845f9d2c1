// sluice schema: what it prints is the schema, as JSON.
import { expect, it, onTestFinished, vi } from 'vitest';
import { policyJsonSchema } from '../policy/index.ts';
import { STRATEGIES } from '../router/index.ts';
import { schemaCommand } from './schema.ts';

it('prints the JSON Schema of policies', async () => {
  const log = vi.spyOn(console, 'log').mockReturnValue();
  onTestFinished(() => log.mockRestore());
  await schemaCommand().parseAsync([], { from: 'user' });
  expect(JSON.parse(String(log.mock.calls[0]?.[0]))).toEqual(policyJsonSchema(STRATEGIES));
});
