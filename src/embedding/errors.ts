// The embedding room's error catalogue: files that cannot be used. A text never causes an error.
import { defineError } from '../base/index.ts';

const operator = {
  status: 500,
  openaiCode: 'configuration_error',
  openaiType: 'api_error',
  blame: 'gateway',
  retryable: false,
} as const;

export const embeddingErrors = {
  table: defineError({
    ...operator,
    code: 'SLUICE_EMBEDDING_TABLE',
    message: (detail: string) => `wordpiece table: ${detail}`,
  }),
  encoderFolder: defineError({
    ...operator,
    code: 'SLUICE_EMBEDDING_ENCODER_FOLDER',
    message: (folder: string, detail: string) => `encoder ${folder}: ${detail}`,
  }),
  encoderPackage: defineError({
    ...operator,
    code: 'SLUICE_EMBEDDING_ENCODER_PACKAGE',
    message: (name: string) =>
      `the optional package ${name} is not installed or does not load: npm install --ignore-scripts ${name}`,
  }),
  distill: defineError({
    ...operator,
    code: 'SLUICE_EMBEDDING_DISTILL',
    message: (detail: string) => detail,
  }),
} as const;
