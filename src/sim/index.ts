// sim: a simulated model server that behaves like vLLM: the embedded default fleet, and the tests' upstream.
export { bookAs, type AnswerBook, type BookAnswer } from './answer-book.ts';
export { loadDemoBook, readDemoPrompts, type DemoPrompt } from './demo-book.ts';
export { DEMO_MODELS, DEMO_TOPICS, type DemoDifficulty, type DemoModel, type DemoTopic } from './demo-skills.ts';
export { createEmbeddedFleet, type EmbeddedFleet } from './embedded-fleet.ts';
export { DEFAULT_BATCHED_TOKENS, ENGINE_PROFILES, type EngineProfile } from './engine-profiles.ts';
export { simErrors } from './errors.ts';
export { FAULT_HEADER, parseFault, SIM_FAULTS, type Fault, type FaultKind, type FaultPlan } from './faults.ts';
export { loadAnswerBook, startSimServer } from './late.ts';
export type { SimServer, SimServerOptions } from './sim-server.ts';
export type { SimStats } from './sim-stats.ts';
