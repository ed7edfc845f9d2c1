// workload: what arrived: request -> Workload (kind, shape, session, topic, features); what its tokens come to.
export { buildWorkload, type Eyes } from './build-workload.ts';
export { workloadErrors } from './errors.ts';
export { buildContext, CONTEXT_DIMENSIONS } from './context.ts';
export type { StoredTokenCalibration } from './stored-calibration.ts';
export { createTokenCalibration, tokenCalibrationFromStored, type TokenCalibration } from './token-calibration.ts';
export { loadTopicClassifier, TOPICS, type Topic, type TopicClassifier, type TopicPosterior } from './topic.ts';
export { textsOf, type RequestTexts } from './request-texts.ts';
export type {
  Caller,
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
