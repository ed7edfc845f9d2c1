// What simulated models answer: known prompts are answered right or wrong as the real model did.
import { simErrors } from './errors.ts';

export interface BookAnswer {
  readonly id: string;
  /** How right the answer is: 0 wrong, 1 right, between partial. */
  readonly score: number;
  readonly text: string;
  /** Tokens of the answer, at least 1; the text is sent in that many chunks. */
  readonly outputTokens: number;
  /** Tokens of the prompt as the real model counted them. */
  readonly inputTokens?: number;
}

export interface AnswerBook {
  readonly models: readonly string[];
  /** Number of distinct prompts. */
  readonly size: number;
  /** `prompt` is the text of the request's last user message; surrounding whitespace does not matter. */
  find(prompt: string, model: string): BookAnswer | undefined;
}

/** The book as seen by a server that answers as `column` whatever it is called itself. Throws SLUICE_SIM_OPTIONS_INVALID if there is none. */
export function bookAs(book: AnswerBook, column: string): AnswerBook {
  if (!book.models.includes(column)) {
    throw simErrors.optionsInvalid(`the answer book has no model "${column}"; it has ${book.models.join(', ')}`);
  }
  return { models: book.models, size: book.size, find: (prompt) => book.find(prompt, column) };
}
