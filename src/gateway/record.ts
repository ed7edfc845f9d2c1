// What is written down of a request when it has been decided: all that the router said, and facts of the request, never its text.
import type { DecisionRecord } from '../feedback/index.ts';
import { sparse } from '../learning/index.ts';
import type { SeenSoFar, Workload } from '../workload/index.ts';
import { loggedText } from './logged-text.ts';
import { inputTokens, type Run } from './run.ts';

export function toDecisionRecord(run: Run): DecisionRecord {
  const { decision, workload } = run;
  const record: DecisionRecord = {
    v: 2,
    id: decision.id,
    at: decision.at,
    decision,
    workload: workloadFacts(workload, inputTokens(run, decision.stages[0].pool)),
    chosen: decision.stages[0].pool,
    context: sparse(workload.context),
    contextFingerprint: run.gateway.contextFingerprint,
  };
  return run.gateway.logText ? { ...record, text: loggedText(run.request) } : record;
}

/** What is kept of a request: facts, never its text. `expectedInputTokens`: for the model of the pool that was chosen. */
export function workloadFacts(workload: Workload, expectedInputTokens: number): Readonly<Record<string, unknown>> {
  const seen = workload.sight.seen();
  const facts = {
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
  };
  return seen === undefined ? facts : { ...facts, ...seenFacts(seen) };
}

/** Of what only reading the text tells, what somebody has asked for. */
function seenFacts({ task, difficulty, asksFacts, feedback, reask, language }: SeenSoFar): object {
  return {
    ...(task !== undefined && { task: task.task, taskConfidence: task.confidence }),
    ...(difficulty !== undefined && { difficulty }),
    ...(asksFacts !== undefined && { asksFacts }),
    ...(feedback !== undefined && { feedback: feedback.feedback }),
    ...(reask !== undefined && { reask }),
    ...(language !== undefined && { language }),
  };
}
