// What a pool's `engine` means: how its servers' health is asked, and what may be asked of them.

export const ENGINE_KINDS = ['openai', 'vllm', 'sglang', 'llama-cpp', 'tgi', 'generic'] as const;

export type EngineKind = (typeof ENGINE_KINDS)[number];

export interface EngineTraits {
  /** `root`: from the server's root, whatever the base URL's path; `base`: below the base URL; undefined: not known. */
  readonly health: { readonly from: 'root' | 'base'; readonly path: string } | undefined;
  /** Whether `stream_options.include_usage` may be asked for. */
  readonly asksUsage: boolean;
}

const OWN_HEALTH: EngineTraits = { health: { from: 'root', path: '/health' }, asksUsage: true };

export const ENGINES: Readonly<Record<EngineKind, EngineTraits>> = {
  // OpenAI and those that sell its protocol have no health path; listing models is the cheapest question that they answer.
  openai: { health: { from: 'base', path: '/models' }, asksUsage: true },
  vllm: OWN_HEALTH,
  sglang: OWN_HEALTH,
  'llama-cpp': OWN_HEALTH,
  tgi: OWN_HEALTH,
  generic: { health: undefined, asksUsage: false },
};
