// The environment's word on where spans go, and what it must not say.
import { expect, it } from 'vitest';
import { readTracingConfig } from './tracing-config.ts';

it.each([
  ['nothing', {}],
  ['an empty endpoint', { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }],
  ['an endpoint, but disabled', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', OTEL_SDK_DISABLED: 'TRUE' }],
  ['an endpoint, but no exporter', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', OTEL_TRACES_EXPORTER: 'none' }],
])('no tracing: %s', (_what, env) => {
  expect(readTracingConfig(env)).toBeUndefined();
});

it.each([
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' }, 'http://c:4318/v1/traces'],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318/base/' }, 'http://c:4318/base/v1/traces'],
  [
    { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://c/own', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' },
    'https://c/own',
  ],
  [
    { SLUICE_OTLP_ENDPOINT: 'http://s:4318', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://c/own' },
    'http://s:4318/v1/traces',
  ],
])('%j', (env, url) => {
  expect(readTracingConfig(env)?.url).toBe(url);
});

it('reads headers and the resource', () => {
  const env = {
    SLUICE_OTLP_ENDPOINT: 'http://s:4318',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20YTpi, x-team = blue=green,',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test,service.name=other,odd=%zz',
  };
  expect(readTracingConfig(env)).toMatchObject({
    headers: { authorization: 'Basic YTpi', 'x-team': 'blue=green' },
    resource: { 'deployment.environment.name': 'test', 'service.name': 'other', odd: '%zz' },
  });
  expect(readTracingConfig({ ...env, OTEL_SERVICE_NAME: 'mine' })?.resource['service.name']).toBe('mine');
  expect(readTracingConfig({ ...env, OTEL_EXPORTER_OTLP_TRACES_HEADERS: '' })?.headers).toEqual({});
  expect(readTracingConfig({ SLUICE_OTLP_ENDPOINT: 'http://s' })?.resource).toEqual({ 'service.name': 'sluice' });
});

it.each([
  [undefined, undefined, 1],
  ['parentbased_always_on', '0.2', 1],
  ['parentbased_traceidratio', '0.2', 0.2],
  ['traceidratio', undefined, 1],
  ['parentbased_always_off', undefined, 0],
])('sampler %s with %s keeps %d of its own traces', (sampler, arg, ratio) => {
  const env = { SLUICE_OTLP_ENDPOINT: 'http://s', OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: arg };
  expect(readTracingConfig(env)?.ratio).toBe(ratio);
});

it.each([
  [
    { SLUICE_OTLP_ENDPOINT: 'http://c', OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '20%' },
    /^OTEL_TRACES_SAMPLER_ARG: expected a number from 0 to 1/,
  ],
  [{ SLUICE_OTLP_ENDPOINT: 'collector:4318' }, /^SLUICE_OTLP_ENDPOINT: expected an http/],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'not an address' }, /^OTEL_EXPORTER_OTLP_ENDPOINT: expected an http/],
  [{ SLUICE_OTLP_ENDPOINT: 'http://me:secret@c:4318' }, /^SLUICE_OTLP_ENDPOINT: put credentials/],
  [
    { SLUICE_OTLP_ENDPOINT: 'http://c', OTEL_EXPORTER_OTLP_HEADERS: 'a=b,secret' },
    /^OTEL_EXPORTER_OTLP_HEADERS: .*number 2/,
  ],
])('refuses %j without quoting it', (env, message) => {
  expect(() => readTracingConfig(env)).toThrow(message);
  expect(() => readTracingConfig(env)).not.toThrow(/secret/);
});
