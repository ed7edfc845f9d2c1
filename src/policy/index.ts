// policy: the policy language: YAML compiled once into an immutable Plan; pure evaluation.
export { createCallerBook, sha256Of, type CallerBook } from './callers.ts';
export { compilePolicy, type Depth } from './compile-policy.ts';
export { formatDiagnostic, type PolicyText } from './document.ts';
export type { EngineKind, EngineTraits } from './engines.ts';
export { FACTS } from './facts.ts';
export { askableFor, giveFacts, tellFact } from './given-facts.ts';
export { policyJsonSchema, policyTestsJsonSchema } from './json-schema.ts';
export { parsePolicyTests, type ParsedTests } from './parse-tests.ts';
export { PriorTableSchema, type PriorTable } from './prior-table.ts';
export type { PickKind } from './pool-schema.ts';
export { PolicySchema } from './schema.ts';
export type { Expectations, Given, PolicyTest } from './tests-schema.ts';
export { usesOfAll } from './signals/cost.ts';
export { FUNCTIONS, type Cost } from './signals/functions.ts';
export { factReader, type Nearness, type RequestFacts, type Sight, type SignalValue } from './signals/request-facts.ts';
export type {
  Compiled,
  Diagnostic,
  Fact,
  NamedFile,
  Path,
  QualitySource,
  StrategySchema,
  Vocabulary,
} from './compiling.ts';
export type { EndpointSpec, HealthCheck, PoolSpec, Price, Quality, TopicQuality } from './pool-plan.ts';
export type {
  CallerPlan,
  Condition,
  Confinement,
  EmbedderSpec,
  EncoderSpec,
  Facts,
  Limits,
  Plan,
  RetryBudget,
  RoutePlan,
  SignalPlan,
  StrategySpec,
  Timeouts,
} from './types.ts';
