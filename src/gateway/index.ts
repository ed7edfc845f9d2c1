// gateway: HTTP: Fastify app, routes, SSE relay, error envelope; serve.ts is the conductor.
export { gatewayErrors } from './errors.ts';
export { createApp } from './http/create-app.ts';
export type { Gateway } from './types.ts';
