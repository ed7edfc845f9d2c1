// workload: what arrived: request -> Workload (kind, sizes, session, topic, features).
export { buildWorkload, type Eyes } from './build-workload.ts';
export { workloadErrors } from './errors.ts';
export { buildContext, CONTEXT_DIMENSIONS } from './context.ts';
export { loadTopicClassifier, TOPICS, type Topic, type TopicClassifier, type TopicPosterior } from './topic.ts';
export type { ChatBody, ChatMessage, ChatRequest, Kind, Workload } from './types.ts';
