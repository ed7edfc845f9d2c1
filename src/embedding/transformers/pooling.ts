// How a model's piece vectors become one, found in what its publishers wrote down: pure.
import { POOLINGS, type Pooling } from './messages.ts';

export interface PoolingHints {
  /** By the operator: decides. */
  readonly said: Pooling | undefined;
  /** The contents of `1_Pooling/config.json`. */
  readonly poolingConfig: Readonly<Record<string, unknown>>;
  readonly readme: string;
  /** What the model may be called. */
  readonly names: readonly string[];
}

export type FoundPooling =
  | { readonly kind: 'pooling'; readonly pooling: Pooling }
  | { readonly kind: 'unsupported'; readonly why: string };

/** Keys of sentence-transformers' Pooling module. */
const MODES: Readonly<Record<string, Pooling>> = {
  pooling_mode_cls_token: 'cls',
  pooling_mode_mean_tokens: 'mean',
  pooling_mode_lasttoken: 'last_token',
};

/** Families whose exports often lack the configuration; by their cards. */
const FAMILIES: readonly (readonly [RegExp, Pooling])[] = [
  [/\b(?:bge-|mxbai-embed|snowflake-arctic-embed)/i, 'cls'],
  [/\bqwen3-embedding/i, 'last_token'],
];

/** The operator's word, the model's configuration, the example in its README, its family; mean where nothing says anything. */
export function poolingOf({ said, poolingConfig, readme, names }: PoolingHints): FoundPooling {
  if (said !== undefined) return found(said);
  const modes = Object.keys(poolingConfig).filter(
    (key) => key.startsWith('pooling_mode_') && poolingConfig[key] === true,
  );
  if (modes.length > 0) {
    const [mode = ''] = modes;
    const pooling = modes.length === 1 ? MODES[mode] : undefined;
    return pooling === undefined
      ? { kind: 'unsupported', why: `1_Pooling/config.json asks for ${modes.join(' and ')}, which is not supported` }
      : found(pooling);
  }
  const example = /\bpooling: *["'](\w+)["']/.exec(readme)?.[1];
  const named = POOLINGS.find((pooling) => pooling === example);
  if (named !== undefined) return found(named);
  const family = FAMILIES.find(([pattern]) => names.some((name) => pattern.test(name)));
  return found(family?.[1] ?? 'mean');
}

function found(pooling: Pooling): FoundPooling {
  return { kind: 'pooling', pooling };
}
