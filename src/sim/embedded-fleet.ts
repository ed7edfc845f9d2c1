// The simulated model servers behind `sim://` endpoints: started when a policy names them, in this very process.
import { loadDemoBook } from './demo-book.ts';
import { ENGINE_PROFILES } from './engine-profiles.ts';
import { startSimServer } from './late.ts';
import type { SimServer } from './sim-server.ts';

export interface EmbeddedFleet {
  /** Base URL of the server that plays this model on `sim://PROFILE`; started at the first asking. */
  resolve(model: string, endpoint: string): Promise<string>;
  names(): readonly string[];
  close(): Promise<void>;
}

export function createEmbeddedFleet(seed: number): EmbeddedFleet {
  const servers = new Map<string, Promise<SimServer>>();
  return {
    resolve: async (model, endpoint) => {
      const key = `${model} on ${endpoint}`;
      let server = servers.get(key);
      if (server === undefined) {
        const profile = ENGINE_PROFILES[new URL(endpoint).hostname];
        // The policy's compiler has checked the name.
        if (profile === undefined) throw new Error(`no engine profile for ${endpoint}`);
        server = startSimServer({ model, profile, seed, book: loadDemoBook() });
        servers.set(key, server);
      }
      return (await server).url;
    },
    names: () => [...servers.keys()],
    close: async () => {
      // One that did not start has nothing to close.
      for (const server of await Promise.allSettled(servers.values())) {
        if (server.status === 'fulfilled') await server.value.close();
      }
      servers.clear();
    },
  };
}
