// policy: the policy language: YAML compiled once into an immutable Plan; pure evaluation.
export { compilePolicy, type Vocabulary } from './compile-policy.ts';
export { formatDiagnostic } from './document.ts';
export { FACTS, readFacts } from './facts.ts';
export { PolicySchema } from './schema.ts';
export type {
  Compiled,
  Condition,
  Diagnostic,
  Fact,
  Facts,
  Plan,
  PoolSpec,
  Price,
  RoutePlan,
  StrategySchema,
  StrategySpec,
} from './types.ts';
