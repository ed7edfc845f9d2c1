// What can be seen of an answer that cannot be used before its body has come.
import type { ResponseHead } from '../pool/index.ts';
import type { Run } from './run.ts';

function contentType({ headers }: ResponseHead): string {
  const value = headers['content-type'];
  return (Array.isArray(value) ? value[0] : value) ?? '';
}

/** It comes piece by piece. */
export function isStream({ status, body }: ResponseHead): boolean {
  return body === undefined && status < 400;
}

export function isJson(head: ResponseHead): boolean {
  return /^application\/(?:[a-z.-]+\+)?json\b/.test(contentType(head));
}

/** undefined: none. Of an error (status 400 and above) only that it is packed. */
export function headFlaw(run: Run, head: ResponseHead): string | undefined {
  const { status, headers } = head;
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') return 'packed, which it was not asked to';
  if (status >= 400) return undefined;
  if (status >= 300) return `with ${status}, which leads elsewhere`;
  const type = contentType(head);
  if (type.startsWith('text/html')) return 'with a page (text/html)';
  return !run.workload.stream && isStream(head) ? 'with a stream that nobody asked for' : undefined;
}
