// policy: the policy language: YAML compiled once into an immutable Plan; pure evaluation.
export { createCallerBook, sha256Of, type CallerBook } from './callers.ts';
export { compilePolicy } from './compile-policy.ts';
export { formatDiagnostic } from './document.ts';
export type { EngineKind, EngineTraits } from './engines.ts';
export { FACTS } from './facts.ts';
export { policyJsonSchema } from './json-schema.ts';
export { PriorTableSchema, type PriorTable } from './prior-table.ts';
export type { PickKind } from './pool-schema.ts';
export { PolicySchema } from './schema.ts';
export { usesOfAll } from './signals/cost.ts';
export { FUNCTIONS, type Cost } from './signals/functions.ts';
export { factReader, type Nearness, type RequestFacts, type Sight, type SignalValue } from './signals/request-facts.ts';
export type {
  CallerPlan,
  Compiled,
  Condition,
  Diagnostic,
  EmbedderSpec,
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
  SignalPlan,
  StrategySchema,
  StrategySpec,
  Timeouts,
  TopicQuality,
  Vocabulary,
} from './types.ts';
