// One prompt through the gateway as an application sends it: the openai client, then the real score as feedback.
import OpenAI from 'openai';
import { answerMismatch } from './checks.ts';
import type { DataSet, Result, Row } from './types.ts';

const TIMEOUT_MS = 30_000;

export type Send = (row: Row) => Promise<Result>;

/** `run` names the run in idempotency keys. Never rejects: what goes wrong is a `lost` result. */
export function createSend(gatewayUrl: string, data: DataSet, run: string): Send {
  const client = new OpenAI({
    baseURL: `${gatewayUrl}/v1`,
    apiKey: 'none',
    maxRetries: 0,
    timeout: TIMEOUT_MS,
  });
  const armOfModel = new Map(data.arms.map((arm, i) => [arm.model, i]));

  async function exchange(row: Row): Promise<Result> {
    const sentAt = performance.now();
    const { data: answer, response } = await client.chat.completions
      .create({ model: 'auto', messages: [{ role: 'user', content: row.prompt }] })
      .withResponse();
    const answeredAt = performance.now();
    const decisionId = response.headers.get('x-sluice-decision-id') ?? '';
    const model = response.headers.get('x-sluice-model') ?? '';
    const arm = armOfModel.get(model);
    const score = arm === undefined ? undefined : row.score[arm];
    if (arm === undefined || score === undefined) return { kind: 'lost', why: `unknown x-sluice-model "${model}"` };
    const acknowledged = await client.post<{ readonly status: string }>('/feedback', {
      body: { decision_id: decisionId, score, source: 'bench' },
      headers: { 'Idempotency-Key': `${run}/${row.id}` },
    });
    return {
      kind: 'answered',
      decisionId,
      completionId: answer.id,
      arm,
      score,
      acknowledged: acknowledged.status,
      mismatch: answerMismatch(data.name, row, score, {
        text: answer.choices[0]?.message.content ?? '',
        claimed: model,
        answering: answer.model,
      }),
      answerMs: answeredAt - sentAt,
      feedbackMs: performance.now() - answeredAt,
    };
  }

  return async (row) => {
    try {
      return await exchange(row);
    } catch (error) {
      return { kind: 'lost', why: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
    }
  };
}

const TOO_MANY_LOST = 100;

/** Every row once, in order, `concurrency` at a time: a slot takes its next row when its feedback has been acknowledged. */
export async function sendAll(
  rows: readonly Row[],
  concurrency: number,
  send: Send,
  onResult: (result: Result) => void,
): Promise<readonly Result[]> {
  const results: Result[] = Array.from({ length: rows.length }, () => ({ kind: 'lost', why: 'not sent' }));
  let next = 0;
  let lost = 0;
  async function slot(): Promise<void> {
    for (let i = next++; i < rows.length && lost < TOO_MANY_LOST; i = next++) {
      const row = rows[i];
      if (row === undefined) return;
      const result = await send(row);
      if (result.kind === 'lost') lost++;
      results[i] = result;
      onResult(result);
    }
  }
  await Promise.all(Array.from({ length: concurrency }, slot));
  return results;
}
