// The home of the store that the configuration names, with all that any of them needs.
import type { GatewayConfig } from '../config/index.ts';
import { storeHomes, type Store, type StoreOptions } from '../store/index.ts';

/** Throws store errors: a directory that cannot be used or is in use, a Redis that cannot be reached. */
export async function openStore(
  { store, dataDir, redisPrefix, redisUrl }: GatewayConfig,
  hear: Pick<StoreOptions, 'onWriteError' | 'onWarning'>,
): Promise<Store> {
  const url = redisUrl === undefined ? {} : { url: redisUrl };
  return storeHomes[store].open({ directory: dataDir, prefix: redisPrefix, ...url, ...hear });
}
