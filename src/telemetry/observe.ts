// One event into the series that it counts in: on the hot path, so look-ups and additions only.
import { assertNever, type GatewayEvent, type RequestFinished } from '../base/index.ts';
import type { Families } from './families.ts';

export function createObserver(families: Families): (event: GatewayEvent) => void {
  return (event) => {
    switch (event.kind) {
      case 'request-finished':
        observeFinished(families, event);
        return;
      case 'request-rejected':
        families.rejected.at(event.code).value++;
        return;
      case 'attempt-failed':
        families.attemptsFailed.at(event.pool, event.endpoint, event.code).value++;
        return;
      case 'endpoint-changed':
        families.endpointChanges.at(event.pool, event.endpoint, event.state).value++;
        return;
      case 'stage-deferred':
        families.deferred.at(event.route, event.pool, event.reason).value++;
        return;
      case 'feedback-received':
        families.feedback.at(event.result).value++;
        return;
      case 'learner-updated':
        families.rewards.at().value += event.rewards;
        families.learnerVersion.at().value = event.version;
        return;
      case 'policy-reloaded':
        families.reloads.at(event.result).value++;
        return;
      case 'store-failed':
        families.storeFailures.at().value++;
        return;
      case 'spans-settled':
        families.spans.at(event.result).value += event.spans;
        return;
      default:
        assertNever(event);
    }
  };
}

function observeFinished(families: Families, event: RequestFinished): void {
  const { route, attempts } = event;
  const pool = event.pool ?? 'none';
  families.requests.at(route, event.strategy, pool, event.finish, String(event.status)).value++;
  families.topics.at(event.topic, pool).value++;
  if (event.confinedBy !== undefined) for (const rule of event.confinedBy) families.confined.at(route, rule).value++;
  if (event.ttftMs !== undefined) families.ttft.at(route, pool).observe(event.ttftMs / 1000);
  families.e2e.at(route, pool).observe(event.e2eMs / 1000);
  families.overhead.at(route).observe(event.overheadMs / 1000);
  let before: RequestFinished['attempts'][number] | undefined;
  let sent = 0;
  for (const attempt of attempts) {
    // Without an endpoint it has never left its pool's queue.
    if (attempt.endpoint !== '') {
      families.attempts.at(attempt.pool, attempt.endpoint).value++;
      sent++;
    }
    families.queueWait.at(attempt.pool).observe(attempt.queuedMs / 1000);
    if (attempt.ttftMs !== undefined)
      families.attemptTtft.at(attempt.pool, attempt.endpoint).observe(attempt.ttftMs / 1000);
    if (attempt.itlMs !== undefined) families.itl.at(attempt.pool).observe(attempt.itlMs / 1000);
    const { usage } = attempt;
    if (usage !== undefined) {
      families.tokens.at(route, attempt.pool, 'input').value += usage.inputTokens;
      families.tokens.at(route, attempt.pool, 'cached_input').value += usage.cachedInputTokens;
      families.tokens.at(route, attempt.pool, 'output').value += usage.outputTokens;
      families.cost.at(route, attempt.pool).value += attempt.costUsd;
    }
    if (before !== undefined && before.stage === attempt.stage) {
      if (before.pool === attempt.pool) families.retries.at(route, attempt.pool).value++;
      else families.fallbacks.at(route, before.pool, attempt.pool).value++;
    }
    before = attempt;
  }
  if (sent > 1) families.extraAttempts.at(route).value += sent - 1;
}
