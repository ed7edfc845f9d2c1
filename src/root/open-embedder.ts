// What a plan says of its embedder -> the engine: keys read from the environment, folders found from where the policy is.
import { dirname, join } from 'node:path';
import type { Logger } from 'pino';
import type { Environment } from '../config/index.ts';
import { createHttpEmbedder, createTransformersEmbedder, type SentenceEmbedder } from '../embedding/index.ts';
import type { EncoderSpec } from '../policy/index.ts';

export interface EmbedderSurroundings {
  readonly env: Environment;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  /** Every key is added: the logger takes it out of its lines. */
  readonly secrets: Set<string>;
  readonly policyPath: string;
  /** Models from the hub are kept under it. */
  readonly dataDir: string;
}

/** An encoder has encoded a first text when it resolves. Rejects with embeddingErrors, which say what to do. */
export async function openEmbedder(spec: EncoderSpec, around: EmbedderSurroundings): Promise<SentenceEmbedder> {
  const { env, logger, secrets, policyPath, dataDir } = around;
  switch (spec.kind) {
    case 'transformers': {
      const { pooling, ...rest } = spec;
      return createTransformersEmbedder({
        ...rest,
        ...(pooling !== undefined && { pooling }),
        ...(env['HF_ENDPOINT'] !== undefined && env['HF_ENDPOINT'] !== '' && { hubUrl: env['HF_ENDPOINT'] }),
        baseDirectory: dirname(policyPath),
        cacheDirectory: join(dataDir, 'models'),
      });
    }
    case 'http': {
      const { apiKeyEnv, ...rest } = spec;
      const key = apiKeyEnv === undefined || env[apiKeyEnv] === '' ? undefined : env[apiKeyEnv];
      if (key !== undefined) secrets.add(key);
      else if (apiKeyEnv !== undefined)
        logger.warn(`embedder: the environment variable ${apiKeyEnv} is not set; requests go there without a key`);
      return createHttpEmbedder({ ...rest, key });
    }
  }
}
