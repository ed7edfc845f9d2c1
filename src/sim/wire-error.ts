// Errors as an OpenAI-compatible server sends them.

/** Status, body fields and headers of an error answer. */
export interface WireError {
  readonly status: number;
  readonly message: string;
  readonly type: string;
  readonly code: string;
  readonly param: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

const KINDS: Readonly<Record<number, { readonly type: string; readonly code: string }>> = {
  400: { type: 'invalid_request_error', code: 'invalid_request' },
  404: { type: 'invalid_request_error', code: 'model_not_found' },
  429: { type: 'rate_limit_error', code: 'rate_limit_exceeded' },
  500: { type: 'server_error', code: 'internal_error' },
  503: { type: 'server_error', code: 'service_unavailable' },
};
const UNKNOWN_KIND = { type: 'invalid_request_error', code: 'invalid_request' };

export function refusal(status: number, message: string, param: string | null = null, code?: string): WireError {
  const kind = KINDS[status] ?? UNKNOWN_KIND;
  const headers: Record<string, string> = status === 429 || status === 503 ? { 'retry-after': '1' } : {};
  return { status, message, type: kind.type, code: code ?? kind.code, param, headers };
}

/** The envelope `{"error": {message, type, param, code}}`. */
export function errorEnvelope({ message, type, param, code }: WireError): object {
  return { error: { message, type, param, code } };
}

export function modelAbsent(name: string): WireError {
  return refusal(404, `The model \`${name}\` does not exist.`, 'model');
}
