// The texts that a table is fitted on: JSON lines or plain lines, packed or not.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { embeddingErrors } from '../errors.ts';

/** What a line's object may call its text. */
const KEYS = ['text', 'prompt', 'content', 'query', 'question'] as const;

/**
 * One text a line. In a file of JSON lines (`.jsonl`, `.ndjson`, with `.gz` or without) a line is a string, an object with one of `KEYS`, or a
 * request with `messages`, of which the last of the user counts. Throws SLUICE_EMBEDDING_DISTILL that names file and line.
 */
export function readTexts(file: string): string[] {
  const lines = contentOf(file).split(/\r?\n/);
  const isJson = /\.(?:jsonl|ndjson|json)(?:\.gz)?$/i.test(file);
  const texts: string[] = [];
  for (const [i, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const text = isJson ? textOf(line) : line;
    if (text === undefined) {
      throw embeddingErrors.distill(
        `${file}:${i + 1}: expected a JSON string, an object with ${KEYS.join(', ')}, or a request with messages`,
      );
    }
    if (text.trim() !== '') texts.push(text);
  }
  if (texts.length === 0) throw embeddingErrors.distill(`${file} holds no text`);
  return texts;
}

function contentOf(file: string): string {
  try {
    const bytes = readFileSync(file);
    const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
    return (isPacked ? gunzipSync(bytes) : bytes).toString('utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw embeddingErrors.distill.with({ cause: error }, `${file} cannot be read: ${why}`);
  }
}

function textOf(line: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return undefined;
  const row = value as Readonly<Record<string, unknown>>;
  for (const key of KEYS) {
    const text = row[key];
    if (typeof text === 'string') return text;
  }
  return Array.isArray(row['messages']) ? lastOfUser(row['messages']) : undefined;
}

function lastOfUser(messages: readonly unknown[]): string | undefined {
  const last = messages.findLast((message): message is { content: unknown } => {
    return (
      typeof message === 'object' &&
      message !== null &&
      'role' in message &&
      message.role === 'user' &&
      'content' in message
    );
  });
  return typeof last?.content === 'string' ? last.content : '';
}
