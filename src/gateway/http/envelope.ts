// Every error leaves as an OpenAI envelope with a stable code; what is in no catalogue is a bug and says nothing of itself.
import { SluiceError } from '../../base/index.ts';
import { gatewayErrors } from '../errors.ts';
import type { Gateway } from '../types.ts';

export interface Envelope {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: {
    readonly error: {
      readonly message: string;
      readonly type: string;
      readonly param: string | null;
      readonly code: string;
      readonly sluice_code: string;
    };
  };
}

export const JSON_TYPE = 'application/json; charset=utf-8';

export function toEnvelope(error: SluiceError): Envelope {
  const { spec, param } = error;
  return {
    status: spec.status,
    headers: {
      'content-type': JSON_TYPE,
      ...(error.retryAfterSeconds === undefined ? {} : { 'retry-after': String(error.retryAfterSeconds) }),
    },
    body: {
      error: {
        message: error.message,
        type: spec.openaiType,
        param: param ?? null,
        code: spec.openaiCode,
        sluice_code: spec.code,
      },
    },
  };
}

/** Fastify's own errors become ours; `reportBug` hears of everything unknown. */
export function toSluiceError(
  error: unknown,
  contentType: string | undefined,
  { bodyLimitBytes, reportBug }: Pick<Gateway, 'bodyLimitBytes' | 'reportBug'>,
): SluiceError {
  if (error instanceof SluiceError) return error;
  const { code, statusCode, message } = error as { code?: string; statusCode?: number; message?: string };
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return gatewayErrors.bodyTooLarge.with({ cause: error }, bodyLimitBytes);
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return gatewayErrors.unsupportedMediaType.with({ cause: error }, (contentType ?? '').slice(0, 100));
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return gatewayErrors.badRequest.with({ cause: error }, message ?? 'unknown reason');
  }
  reportBug(error);
  return gatewayErrors.internal.with({ cause: error });
}

/** Counted and logged. */
export function tellRefusal({ publish }: Pick<Gateway, 'publish'>, { code, spec }: SluiceError): void {
  publish({ kind: 'request-rejected', code, status: spec.status });
}

/** node:http's word for it. */
export const REQUEST_TIMEOUT = 'ERR_HTTP_REQUEST_TIMEOUT';

/** A whole HTTP response, for what is no HTTP request or never became a whole one: there is only a socket to answer on. */
export function toRawResponse(code: string | undefined): { readonly known: SluiceError; readonly text: string } {
  const [status, detail] =
    code === 'HPE_HEADER_OVERFLOW'
      ? ['431 Request Header Fields Too Large', 'its headers are too large']
      : code === REQUEST_TIMEOUT
        ? ['408 Request Timeout', 'it took too long to arrive']
        : ['400 Bad Request', 'it is not HTTP'];
  const known = gatewayErrors.badRequest(detail);
  const { headers, body } = toEnvelope(known);
  const json = JSON.stringify(body);
  const lines = Object.entries({ ...headers, 'content-length': Buffer.byteLength(json), connection: 'close' });
  return { known, text: `HTTP/1.1 ${status}\r\n${lines.map((line) => line.join(': ')).join('\r\n')}\r\n\r\n${json}` };
}
