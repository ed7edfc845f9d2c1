// gateway: HTTP: Fastify app, routes, SSE relay, error envelope; serve.ts is the conductor.
export { gatewayErrors } from './errors.ts';
export { createApp } from './http/create-app.ts';
export { parseRequest } from './http/parse-body.ts';
export { readHints } from './http/request-headers.ts';
export { decideOn } from './run.ts';
export type { Decider, Gateway } from './types.ts';
