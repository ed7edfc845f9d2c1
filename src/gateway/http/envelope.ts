// Every error leaves as an OpenAI envelope with a stable code; what is in no catalogue is a bug and says nothing of itself.
import { SluiceError } from '../../base/index.ts';
import { gatewayErrors } from '../errors.ts';

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

export function toEnvelope(error: SluiceError): Envelope {
  const { spec, param, retryAfterSeconds } = error;
  return {
    status: spec.status,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
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
  bodyLimitBytes: number,
  reportBug: (error: unknown) => void,
): SluiceError {
  if (error instanceof SluiceError) return error;
  const { code, statusCode, message } = error as { code?: string; statusCode?: number; message?: string };
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return gatewayErrors.bodyTooLarge.with({ cause: error }, bodyLimitBytes);
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return gatewayErrors.unsupportedMediaType.with({ cause: error }, /"?([^"]*)"?$/.exec(message ?? '')?.[1] ?? '');
  if (code === 'FST_ERR_CTP_EMPTY_JSON_BODY') return gatewayErrors.invalidJson.with({ cause: error }, 'it is empty');
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return gatewayErrors.badRequest.with({ cause: error }, message ?? 'unknown reason');
  }
  reportBug(error);
  return gatewayErrors.internal.with({ cause: error });
}
