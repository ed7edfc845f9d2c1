// config: command line, environment and policy file -> validated, frozen.
export { configErrors } from './errors.ts';
export {
  dataDirOf,
  readConfig,
  redisPrefixOf,
  redisUrlOf,
  storeOf,
  tablePathOf,
  type Environment,
  type Flags,
  type GatewayConfig,
} from './gateway-config.ts';
export { loadPolicy } from './load-policy.ts';
export { stampPolicy, watchPolicy, type PolicyStamp } from './watch-policy.ts';
