// The JSON Schema of a policy file, for editors: what `checkShape` holds a policy against, strategies included.
import { PolicySchema } from './schema.ts';
import { PolicyTestsSchema } from './tests-schema.ts';
import type { StrategySchema } from './compiling.ts';

type Json = Readonly<Record<string, unknown>>;

/** Draft 2020-12; plain JSON. What it refuses, the compiler refuses; the compiler looks further (names, URLs, conditions). */
export function policyJsonSchema(strategies: Readonly<Record<string, StrategySchema>>): Json {
  const { type, properties, ...rest } = plain(PolicySchema) as { type: unknown; properties: Record<string, Json> };
  const routes = properties['routes'] as { items: { properties: Record<string, Json> } };
  const definitions = Object.values(strategies);
  const strategy = {
    ...routes.items.properties['strategy'],
    default: 'fixed',
    anyOf: [
      { description: 'A kind, with its default settings.', enum: definitions.map(({ kind }) => kind) },
      { type: 'object', required: ['kind'], oneOf: definitions.map(({ schema }) => plain(schema)) },
    ],
  };
  const items = { ...routes.items, properties: { ...routes.items.properties, strategy } };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Sluice policy',
    description: 'Which pools there are, which names callers may ask for, and how requests are routed.',
    type,
    properties: { ...properties, routes: { ...routes, items } },
    ...rest,
  };
}

/** Draft 2020-12, of a policy's tests; `parsePolicyTests` looks further (names of pools, routes and facts). */
export function policyTestsJsonSchema(): Json {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Tests of a Sluice policy',
    description: 'Requests, and what a policy must make of each.',
    ...plain(PolicyTestsSchema),
  };
}

/** Without what the schema library keeps beside the JSON. */
function plain(schema: object): Json {
  return JSON.parse(JSON.stringify(schema)) as Json;
}
