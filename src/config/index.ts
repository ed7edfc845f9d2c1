// config: files + environment -> validated -> resolved -> frozen GatewayConfig; every error has file:line:column.
export { configErrors } from './errors.ts';
export {
  dataDirOf,
  readConfig,
  redisPrefixOf,
  redisUrlOf,
  storeOf,
  type Environment,
  type Flags,
  type GatewayConfig,
} from './gateway-config.ts';
export { loadPolicy } from './load-policy.ts';
export { stampPolicy, watchPolicy, type PolicyStamp } from './watch-policy.ts';
