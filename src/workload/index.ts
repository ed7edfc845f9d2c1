// workload: what arrived: request -> Workload (kind, shape, session, topic, features); what its tokens come to.
export { buildWorkload } from './build-workload.ts';
export { type Classifier } from './classifier.ts';
export { lazyClassifier, loadClassifier } from './load-classifier.ts';
export { type TaskPosterior, type TopicPosterior } from './posteriors.ts';
export { workloadErrors } from './errors.ts';
export { buildContext, CONTEXT_DIMENSIONS } from './context.ts';
export { type TopicMatcher } from './own-topics/matcher.ts';
export { createStaticTopicMatcher, type OwnTopics, prepareTopics, type TopicEngines } from './own-topics/prepare.ts';
export { type DenseTable } from './own-topics/static-space.ts';
export { encodedWorkbench, staticWorkbench, type TopicWorkbench } from './own-topics/workbench.ts';
export { DEFAULT_THRESHOLD, MIN_EXAMPLES, type OwnTopic } from './own-topics/types.ts';
export { textsOf, type RequestTexts } from './request-texts.ts';
export { type Feedback, FEEDBACKS, type Task, TASKS } from './heads.ts';
export { createLanguageDetector, type LanguageDetector } from './language.ts';
export type { StoredTokenCalibration } from './stored-calibration.ts';
export { createTokenCalibration, tokenCalibrationFromStored, type TokenCalibration } from './token-calibration.ts';
export { type Eyes, NO_SIGHT, type SeenSoFar, type Sight } from './sight.ts';
export { type Topic, TOPIC_GROUPS, topicGroup, TOPICS } from './topics.ts';
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
