// HTTP/1.1 as the pools speak it to model servers.
export { Http1Client } from './client.ts';
export { hasForbidden, readFieldLines } from './field-lines.ts';
export { releaseWrites, writeHeld } from './held-writes.ts';
export type { Call, Listener, WireRequest } from './types.ts';
export { WireError } from './wire-error.ts';
