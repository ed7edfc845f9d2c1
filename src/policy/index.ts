// policy: the policy language: YAML compiled once into an immutable Plan; pure evaluation.
export { compilePolicy, type Depth } from './compile-policy.ts';
export { formatDiagnostic, type PolicyText } from './document.ts';
export type { EngineKind, EngineTraits } from './engines.ts';
export { factReader, FACTS } from './facts.ts';
export { parsePolicyTests, type ParsedTests } from './parse-tests.ts';
export { policyJsonSchema, policyTestsJsonSchema } from './json-schema.ts';
export type { Expectations, Given, PolicyTest } from './tests-schema.ts';
export type { PickKind } from './pool-schema.ts';
export { PolicySchema } from './schema.ts';
export type {
  Compiled,
  Condition,
  Confinement,
  Diagnostic,
  EndpointSpec,
  Fact,
  Facts,
  HealthCheck,
  Limits,
  Path,
  Plan,
  PoolSpec,
  Price,
  RetryBudget,
  RoutePlan,
  StrategySchema,
  StrategySpec,
  Timeouts,
  Vocabulary,
} from './types.ts';
