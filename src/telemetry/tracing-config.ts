// Where spans go, from the environment: OpenTelemetry's own variables, and one of Sluice's that goes before them.
import { telemetryErrors } from './errors.ts';

export interface TracingConfig {
  /** The collector's address for spans, path and all. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Of the process: `service.name` and what OTEL_RESOURCE_ATTRIBUTES says. */
  readonly resource: Readonly<Record<string, string>>;
  /** The share of traces that are kept of those that begin here, in [0, 1]; a caller's own word goes before it. */
  readonly ratio: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** undefined: no tracing. Throws telemetryErrors.badTracing; messages name the variable and never quote it. */
export function readTracingConfig(env: Environment): TracingConfig | undefined {
  if (env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true' || env['OTEL_TRACES_EXPORTER'] === 'none') return undefined;
  const url = spansUrl(env);
  if (url === undefined) return undefined;
  const headers =
    env['OTEL_EXPORTER_OTLP_TRACES_HEADERS'] === undefined
      ? 'OTEL_EXPORTER_OTLP_HEADERS'
      : 'OTEL_EXPORTER_OTLP_TRACES_HEADERS';
  const resource = pairs('OTEL_RESOURCE_ATTRIBUTES', env);
  return {
    url,
    headers: pairs(headers, env),
    resource: { ...resource, 'service.name': env['OTEL_SERVICE_NAME'] ?? resource['service.name'] ?? 'sluice' },
    ratio: ratioOf(env),
  };
}

/** By OpenTelemetry's names of samplers; all of them respect the caller's word here. */
function ratioOf(env: Environment): number {
  const sampler = env['OTEL_TRACES_SAMPLER'] ?? '';
  if (sampler.endsWith('always_off')) return 0;
  if (!sampler.endsWith('traceidratio')) return 1;
  const ratio = Number(env['OTEL_TRACES_SAMPLER_ARG'] ?? '1');
  if (ratio >= 0 && ratio <= 1) return ratio;
  throw telemetryErrors.badTracing('OTEL_TRACES_SAMPLER_ARG', 'expected a number from 0 to 1');
}

function spansUrl(env: Environment): string | undefined {
  const whole = 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT';
  for (const name of ['SLUICE_OTLP_ENDPOINT', whole, 'OTEL_EXPORTER_OTLP_ENDPOINT']) {
    const given = env[name]?.trim();
    if (given === undefined || given === '') continue;
    const url = URL.canParse(given) ? new URL(given) : undefined;
    if (url === undefined || !['http:', 'https:'].includes(url.protocol))
      throw telemetryErrors.badTracing(name, 'expected an http(s) address such as http://localhost:4318');
    if (url.username !== '' || url.password !== '')
      throw telemetryErrors.badTracing(name, 'put credentials into OTEL_EXPORTER_OTLP_HEADERS, not into the address');
    return name === whole ? url.href : `${url.href.replace(/\/$/, '')}/v1/traces`;
  }
  return undefined;
}

/** `a=1,b=2`, values percent-encoded. */
function pairs(name: string, env: Environment): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [at, pair] of (env[name] ?? '').split(',').entries()) {
    if (pair.trim() === '') continue;
    const [, key, value] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(pair) ?? [];
    if (key === undefined || value === undefined)
      throw telemetryErrors.badTracing(
        name,
        `expected key=value pairs with commas between them; number ${at + 1} is none`,
      );
    found[key] = decoded(value);
  }
  return found;
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
