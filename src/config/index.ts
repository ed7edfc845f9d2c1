// config: files + environment -> validated -> resolved -> frozen GatewayConfig; every error has file:line:column.
export { configErrors } from './errors.ts';
export {
  dataDirOf,
  readConfig,
  redisUrlOf,
  storeOf,
  type Environment,
  type Flags,
  type GatewayConfig,
} from './gateway-config.ts';
export { loadPolicy } from './load-policy.ts';
export { watchPolicy } from './watch-policy.ts';
