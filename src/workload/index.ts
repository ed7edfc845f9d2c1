// workload: what arrived: request -> Workload (kind, shape, session, topic, features); what its tokens come to.
export { buildWorkload, type Eyes } from './build-workload.ts';
export { workloadErrors } from './errors.ts';
export { buildContext, CONTEXT_DIMENSIONS } from './context.ts';
export { type TopicMatcher } from './own-topics/matcher.ts';
export { createStaticTopicMatcher, type OwnTopics, prepareTopics, type TopicEngines } from './own-topics/prepare.ts';
export { type DenseTable } from './own-topics/static-space.ts';
export { DEFAULT_THRESHOLD, MIN_EXAMPLES, type OwnTopic } from './own-topics/types.ts';
export type { StoredTokenCalibration } from './stored-calibration.ts';
export { createTokenCalibration, tokenCalibrationFromStored, type TokenCalibration } from './token-calibration.ts';
export { loadTopicClassifier, TOPICS, type Topic, type TopicClassifier, type TopicPosterior } from './topic.ts';
export type {
  ChatBody,
  ChatMessage,
  ChatRequest,
  CompletionBody,
  CompletionRequest,
  EmbeddingBody,
  EmbeddingRequest,
  Hints,
  InferenceRequest,
  Kind,
  Operation,
  Prompt,
  Roles,
  Slo,
  Workload,
} from './types.ts';
