// policy: the policy language: YAML compiled once into an immutable Plan; pure evaluation.
export { compilePolicy } from './compile-policy.ts';
export { formatDiagnostic } from './document.ts';
export type { EngineKind, EngineTraits } from './engines.ts';
export { factReader, FACTS } from './facts.ts';
export { policyJsonSchema } from './json-schema.ts';
export { PriorTableSchema, type PriorTable } from './prior-table.ts';
export type { PickKind } from './pool-schema.ts';
export { PolicySchema } from './schema.ts';
export type {
  Compiled,
  Condition,
  Diagnostic,
  EndpointSpec,
  Fact,
  Facts,
  HealthCheck,
  Limits,
  NamedFile,
  Plan,
  PoolSpec,
  Price,
  Quality,
  QualitySource,
  RetryBudget,
  RoutePlan,
  StrategySchema,
  StrategySpec,
  Timeouts,
  TopicQuality,
  Vocabulary,
} from './types.ts';
