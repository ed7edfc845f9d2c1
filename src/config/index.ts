// config: command line, environment and policy file -> validated, frozen.
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
export { isTestsFile, loadTests, testsBeside } from './load-tests.ts';
export { stampPolicy, watchPolicy, type PolicyStamp } from './watch-policy.ts';
