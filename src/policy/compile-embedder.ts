// The policy's `embedder` with every default filled in, and what is wrong with it.
import { wrongBaseUrl } from './compile-pools.ts';
import type { PolicyText } from './document.ts';
import { EMBEDDER_DEFAULTS } from './embedder-schema.ts';
import type { Diagnostic } from './compiling.ts';
import type { EmbedderSpec } from './types.ts';
import type { WellShaped } from './well-shaped.ts';

export function compileEmbedder(text: PolicyText, { embedder }: WellShaped, found: Diagnostic[]): EmbedderSpec {
  if (embedder === undefined || embedder === 'static') return { kind: 'static' };
  if (embedder.kind === 'transformers') return { ...EMBEDDER_DEFAULTS.transformers, pooling: undefined, ...embedder };
  const wrong = wrongUrl(embedder.url);
  if (wrong !== undefined) found.push(text.at(['embedder', 'url'], wrong));
  return { ...EMBEDDER_DEFAULTS.http, apiKeyEnv: undefined, dimensions: undefined, ...embedder };
}

function wrongUrl(url: string): string | undefined {
  if (!URL.canParse(url)) return `not a URL: ${url}; expected http://HOST:PORT/v1 or https://…`;
  if (!/^https?:/.test(url)) return `${new URL(url).protocol}// is not spoken here; expected http or https`;
  if (/\/embeddings\/*$/.test(url)) return 'a base URL ends before /embeddings';
  return wrongBaseUrl(new URL(url));
}
