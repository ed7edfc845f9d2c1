// A request's spans: whose children they are, when they were, and what they say.
import { expect, it } from 'vitest';
import { newSpanId, seededRandom } from '../base/index.ts';
import { attempt, finished } from './fixtures/finished.ts';
import { spansOf, wantsSpans, type OtlpSpan } from './spans.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const OURS = '00f067aa0ba902b7';

function told(span: OtlpSpan | undefined): Record<string, unknown> {
  return Object.fromEntries(span?.attributes.map(({ key, value }) => [key, Object.values(value)[0] as unknown]) ?? []);
}

it('a request is a server span under the caller’s, its attempt a client span under it', () => {
  const event = finished({ traceparent: `00-${TRACE}-${SPAN}-01`, spanId: OURS });
  const [request, sent, ...more] = spansOf(event, seededRandom(1));
  expect(more).toEqual([]);
  expect(request).toMatchObject({
    traceId: TRACE,
    spanId: OURS,
    parentSpanId: SPAN,
    name: 'chat auto',
    kind: 2,
    startTimeUnixNano: '1700000000000000000',
    endTimeUnixNano: '1700000000300000000',
    status: {},
  });
  expect(told(request)).toEqual({
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'auto',
    'gen_ai.response.model': 'small-8b',
    'gen_ai.usage.input_tokens': '100',
    'gen_ai.usage.cache_read.input_tokens': '64',
    'gen_ai.usage.output_tokens': '20',
    'http.request.method': 'POST',
    'http.response.status_code': '200',
    'sluice.decision_id': event.decisionId,
    'sluice.route': 'chat',
    'sluice.strategy': 'bandit',
    'sluice.pool': 'small',
    'sluice.workload.kind': 'chat',
    'sluice.topic': 'code',
    'sluice.finish': 'completed',
    'sluice.stream': true,
    'sluice.cost_usd': 0.002,
    'sluice.ttft_ms': 30,
    'sluice.overhead_ms': 0.2,
  });
  expect(sent).toMatchObject({
    traceId: TRACE,
    spanId: newSpanId(seededRandom(1)),
    parentSpanId: OURS,
    name: 'chat small',
    kind: 3,
    status: {},
  });
  expect(told(sent)).toMatchObject({
    'server.address': 'small-1',
    'server.port': '8000',
    'http.response.status_code': '200',
    'sluice.output_tokens': '20',
    'sluice.queued_ms': 0,
  });
  expect(Object.keys(told(sent)).filter((key) => key.startsWith('gen_ai'))).toEqual([]);
});

it('a trace that begins here has the decision’s id and no parent', () => {
  const [request, sent] = spansOf(finished(), seededRandom(1));
  expect(request?.traceId).toBe(finished().decisionId.slice(4));
  expect(request).not.toHaveProperty('parentSpanId');
  expect(sent?.parentSpanId).toBe(request?.spanId);
});

it.each([
  ['nobody said', undefined, true],
  ['the caller samples it', `00-${TRACE}-${SPAN}-01`, true],
  ['the caller does not sample it', `00-${TRACE}-${SPAN}-00`, false],
  ['what the caller says is nonsense', 'nonsense', true],
])('spans are wanted: %s', (_what, traceparent, wanted) => {
  expect(wantsSpans(finished({ traceparent }), 1)).toBe(wanted);
});

it('a failed attempt is an error with its place in the order, and takes as long as it took', () => {
  const failed = attempt({
    endpoint: 'https://models.example/v1',
    status: 503,
    errorCode: 'upstream_503',
    usage: undefined,
    ttftMs: undefined,
    sentMs: 1,
    tookMs: 20.5,
  });
  const [request, first, second] = spansOf(
    finished({ attempts: [failed, attempt({ pool: 'large', sentMs: 22, tookMs: 270 })], pool: 'large' }),
    seededRandom(1),
  );
  expect(request?.status).toEqual({});
  expect(first).toMatchObject({
    startTimeUnixNano: '1700000000001000000',
    endTimeUnixNano: '1700000000021500000',
    status: { code: 2 },
  });
  expect(told(first)).toMatchObject({
    'server.address': 'models.example',
    'server.port': '443',
    'error.type': 'upstream_503',
    'http.response.status_code': '503',
  });
  expect(told(first)).not.toHaveProperty('http.request.resend_count');
  expect(told(second)).toMatchObject({ 'http.request.resend_count': '1', 'sluice.pool': 'large' });
});

it.each([
  ['a broken stream', { finish: 'interrupted', status: 200, errorCode: 'X' }, { code: 2 }],
  ['no answer', { finish: 'failed', status: 502, errorCode: 'X' }, { code: 2 }],
  ['a caller’s mistake', { finish: 'failed', status: 400, errorCode: 'upstream_400' }, {}],
  ['a caller who left', { finish: 'abandoned', status: 499, errorCode: undefined }, {}],
] as const)('%s', (_what, ending, status) => {
  const [request] = spansOf(finished({ ...ending, pool: undefined, model: undefined, attempts: [] }), seededRandom(1));
  expect(request?.status).toEqual(status);
  expect(told(request)['error.type']).toBe(ending.errorCode);
  expect(told(request)).not.toHaveProperty('gen_ai.usage.input_tokens');
});

it('an attempt that its caller left is no error; a simulated endpoint is its own address; other operations have their names', () => {
  const left = attempt({ endpoint: 'sim:small', errorCode: 'abandoned', usage: undefined });
  const [request, sent] = spansOf(finished({ operation: 'embedding', attempts: [left] }), seededRandom(1));
  expect(sent?.status).toEqual({});
  expect(told(sent)['server.address']).toBe('sim:small');
  expect(request?.name).toBe('embeddings auto');
});
