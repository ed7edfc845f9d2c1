// POST /v1/embeddings: unit vectors that follow from the text's hash, for the cost of a prefill.
import { Type } from 'typebox';
import { fnv1a, seededRandom } from '../base/index.ts';
import type { Endpoint } from './job.ts';
import { promptBlocks, tokenIdBlocks } from './prompt-blocks.ts';
import { Maybe, Prompts, promptsOf, shapeOf, type Prompt } from './request-shape.ts';
import { estimateTokens } from './tokens.ts';
import { modelAbsent } from './wire-error.ts';

/** Width of a vector when the request names none, and at most. */
const EMBEDDING_DIMENSIONS = 1024;

const shape = shapeOf(
  Type.Object({
    model: Type.String(),
    input: Prompts,
    dimensions: Maybe(Type.Integer({ minimum: 1, maximum: EMBEDDING_DIMENSIONS })),
    encoding_format: Maybe(Type.Union([Type.Literal('float'), Type.Literal('base64')])),
  }),
  'an embedding request',
);

/** Equal texts have equal vectors, others are nearly orthogonal; a shorter one is the beginning of the full one, brought to length 1. */
function embeddingOf(prompt: Prompt, seed: number, dimensions: number): Float32Array {
  const random = seededRandom(fnv1a(typeof prompt === 'string' ? prompt : prompt.join(','), seed >>> 0));
  const vector = Float32Array.from({ length: dimensions }, () => random() * 2 - 1);
  const norm = Math.sqrt(vector.reduce((total, x) => total + x * x, 0));
  if (norm === 0) return vector.fill(1, 0, 1);
  return vector.map((x) => x / norm);
}

/** Little-endian float32, as OpenAI has it. */
function base64Of(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [i, x] of vector.entries()) bytes.writeFloatLE(x, i * 4);
  return bytes.toString('base64');
}

export const embeddingEndpoint: Endpoint = {
  path: '/v1/embeddings',
  idPrefix: 'embd',
  promptField: 'input',
  prepare(input, source) {
    const shaped = shape(input);
    if ('status' in shaped) return shaped;
    const { body } = shaped;
    if (body.model !== source.model) return modelAbsent(body.model);
    const prompts = promptsOf(body.input);
    const dimensions = body.dimensions ?? EMBEDDING_DIMENSIONS;
    const runs = prompts.map((prompt) => {
      const inputTokens = typeof prompt === 'string' ? estimateTokens([prompt]) : prompt.length;
      const blockHashes =
        typeof prompt === 'string' ? promptBlocks([{ role: '', text: prompt }], inputTokens) : tokenIdBlocks(prompt);
      return { inputTokens, outputTokens: 0, blockHashes, finish: 'stop', again: false } as const;
    });
    return {
      stream: false,
      runs,
      format: (frame) => ({
        body: (usage) =>
          JSON.stringify({
            id: frame.id,
            object: 'list',
            created: frame.createdSeconds,
            model: frame.model,
            data: prompts.map((prompt, index) => {
              const vector = embeddingOf(prompt, source.seed, dimensions);
              return {
                index,
                object: 'embedding',
                embedding: body.encoding_format === 'base64' ? base64Of(vector) : Array.from(vector),
              };
            }),
            usage,
          }),
        events: () => '',
        ending: () => '',
      }),
    };
  },
};
