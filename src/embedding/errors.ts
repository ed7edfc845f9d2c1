// The embedding room's error catalogue: tables, encoders and servers that cannot be used. A text never causes an error.
import { defineError } from '../base/index.ts';

const operator = {
  status: 500,
  openaiCode: 'configuration_error',
  openaiType: 'api_error',
  blame: 'gateway',
  retryable: false,
} as const;

/** A name that is free for an older package wherever package.json does not say otherwise. */
const INSTALLED_AS: Readonly<Record<string, string>> = {
  '@xenova/transformers': '"@xenova/transformers@npm:@huggingface/transformers@^4"',
};

export const embeddingErrors = {
  libraryMissing: defineError({
    ...operator,
    code: 'SLUICE_EMBEDDING_LIBRARY_MISSING',
    message: (library: string) =>
      `the optional package ${library} is not installed; install it with: npm install --ignore-scripts ${INSTALLED_AS[library] ?? library}`,
  }),
  modelIncomplete: defineError({
    ...operator,
    code: 'SLUICE_EMBEDDING_MODEL_INCOMPLETE',
    message: (folder: string, detail: string) => `the encoder in ${folder} cannot be opened: ${detail}`,
  }),
  hubNotAllowed: defineError({
    ...operator,
    code: 'SLUICE_EMBEDDING_HUB_NOT_ALLOWED',
    message: (model: string, folder: string) =>
      `there is no folder ${folder}; if "${model}" is a model of the hub, allowHub: true lets it be downloaded (off by default)`,
  }),
  hubFailed: defineError({
    ...operator,
    code: 'SLUICE_EMBEDDING_HUB_FAILED',
    message: (model: string, detail: string) =>
      `"${model}" could not be taken from the hub: ${detail}; a folder with the model needs no hub`,
  }),
  encoderFailed: defineError({
    ...operator,
    code: 'SLUICE_EMBEDDING_ENCODER_FAILED',
    message: (model: string, detail: string) => `the encoder ${model} does not work: ${detail}`,
  }),
  serverDown: defineError({
    ...operator,
    code: 'SLUICE_EMBEDDING_SERVER_DOWN',
    message: (url: string, detail: string) =>
      `the embedding server at ${url} is down: ${detail}; start it, or say in \`dimensions\` how wide its vectors are: it need not be up then`,
  }),
  serverFailed: defineError({
    ...operator,
    code: 'SLUICE_EMBEDDING_SERVER_FAILED',
    message: (url: string, detail: string) => `the embedding server at ${url} gives no vectors: ${detail}`,
  }),
  table: defineError({
    ...operator,
    code: 'SLUICE_EMBEDDING_TABLE',
    message: (detail: string) => `wordpiece table: ${detail}`,
  }),
  distill: defineError({
    ...operator,
    code: 'SLUICE_EMBEDDING_DISTILL',
    message: (detail: string) => `no table can be made: ${detail}`,
  }),
} as const;
