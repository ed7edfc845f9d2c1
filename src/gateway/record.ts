// What is written down of a request when it has been decided: all that the router said, and facts of the request, never its text.
import type { DecisionRecord } from '../feedback/index.ts';
import { sparse } from '../learning/index.ts';
import type { Decision } from '../router/index.ts';
import type { SeenSoFar, Workload } from '../workload/index.ts';
import { loggedText } from './logged-text.ts';
import { inputTokens, type Run } from './run.ts';

/** As `recordLayout` says it is kept. */
export interface RequestRecord extends DecisionRecord {
  readonly decision: Decision;
  readonly workload: WorkloadFacts;
  readonly text: string | undefined;
}

export type WorkloadFacts = ReturnType<typeof workloadFacts>;

export function toDecisionRecord(run: Run): RequestRecord {
  const { decision, workload } = run;
  return {
    v: 2,
    id: decision.id,
    at: decision.at,
    decision,
    workload: workloadFacts(workload, inputTokens(run, decision.stages[0].pool)),
    chosen: decision.stages[0].pool,
    context: sparse(workload.context),
    contextFingerprint: run.gateway.contextFingerprint,
    text: run.gateway.logText ? loggedText(run.request) : undefined,
  };
}

/** Of what only reading the text tells, what somebody has asked for. */
const NOTHING_SEEN: SeenSoFar = {};

/** What is kept of a request: facts, never its text. `expectedInputTokens`: for the model of the pool that was chosen. */
export function workloadFacts(workload: Workload, expectedInputTokens: number) {
  const { task, difficulty, asksFacts, feedback, reask, language } = workload.sight.seen() ?? NOTHING_SEEN;
  return {
    operation: workload.operation,
    kind: workload.kind,
    requestedModel: workload.requestedModel,
    stream: workload.stream,
    tokens: workload.tokens,
    expectedInputTokens,
    topic: workload.topic.topic,
    topicConfidence: workload.topic.confidence,
    turns: workload.turns,
    messages: workload.messages,
    roles: workload.roles,
    tools: workload.tools,
    toolResults: workload.toolResults,
    toolFailures: workload.toolFailures,
    images: workload.images,
    wantsJson: workload.wantsJson,
    reasoningEffort: workload.reasoningEffort,
    system: workload.system,
    session: workload.session,
    slo: workload.slo,
    tags: workload.tags,
    caller: workload.caller?.name,
    task: task?.task,
    taskConfidence: task?.confidence,
    difficulty,
    asksFacts,
    feedback: feedback?.feedback,
    reask,
    language,
  };
}
