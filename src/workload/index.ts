// workload: what arrived: request -> Workload (kind, shape, session, topic, features); what its tokens come to.
export { buildWorkload } from './build-workload.ts';
export { type Classifier, loadClassifier, type TaskPosterior, type TopicPosterior } from './classifier.ts';
export { workloadErrors } from './errors.ts';
export { buildContext, CONTEXT_DIMENSIONS } from './context.ts';
export { type Feedback, FEEDBACKS, type Task, TASKS } from './heads.ts';
export { createLanguageDetector, type LanguageDetector } from './language.ts';
export type { StoredTokenCalibration } from './stored-calibration.ts';
export { createTokenCalibration, tokenCalibrationFromStored, type TokenCalibration } from './token-calibration.ts';
export { type Eyes, NO_SIGHT, type Sight } from './sight.ts';
export { type Topic, TOPIC_GROUPS, topicGroup, TOPICS } from './topics.ts';
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
