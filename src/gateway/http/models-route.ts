// GET /v1/models: the names that a request may ask for: aliases, pools and models.
import type { FastifyInstance } from 'fastify';
import type { Plan, PoolSpec } from '../../policy/index.ts';
import { routerErrors } from '../../router/index.ts';
import type { Gateway } from '../types.ts';

export function modelsRoute(app: FastifyInstance, gateway: Gateway): void {
  app.get('/v1/models', async () => ({ object: 'list', data: listModels(gateway.router().plan) }));
  app.get<{ Params: { model: string } }>('/v1/models/:model', async (request) => {
    const { model } = request.params;
    const models = listModels(gateway.router().plan);
    const found = models.find((entry) => entry.id === model);
    if (found !== undefined) return found;
    const known = models.map((entry) => entry.id).join(', ');
    throw routerErrors.modelNotFound.with({ param: 'model' }, model.slice(0, 100), known);
  });
}

interface ModelEntry {
  readonly id: string;
  readonly object: 'model';
  readonly created: number;
  readonly owned_by: string;
  readonly [key: string]: unknown;
}

function listModels(plan: Plan): ModelEntry[] {
  const entries = new Map<string, ModelEntry>();
  const add = (id: string, ownedBy: string, more: object): void => {
    if (!entries.has(id)) entries.set(id, { id, object: 'model', created: 0, owned_by: ownedBy, ...more });
  };
  for (const alias of plan.aliases.keys()) add(alias, 'sluice-alias', {});
  for (const pool of plan.pools.values()) add(pool.name, 'sluice-pool', described(pool));
  for (const pool of plan.pools.values()) add(pool.model, 'sluice-model', described(pool));
  return [...entries.values()];
}

function described({ contextWindow, price }: PoolSpec): object {
  return {
    context_window: contextWindow,
    price: { input_per_mtok: price.inputPerMTok, output_per_mtok: price.outputPerMTok },
  };
}
