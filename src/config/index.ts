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
export { isTestsFile, loadTests, testsBeside } from './load-tests.ts';
export { openPolicyFiles, type PolicyFiles } from './policy-files.ts';
export { watchPolicy } from './watch-policy.ts';
