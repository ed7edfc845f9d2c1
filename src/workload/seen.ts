// What the readers of the operations hand to the Workload.
import type { Turns } from './sight.ts';
import type { TextShape } from './text-shape.ts';
import type { Kind, Roles } from './types.ts';

/** What is made of the texts only when somebody asks. */
export interface Told extends Turns {
  /** Hash of how the conversation began. */
  beginning(): string;
}

export interface Seen {
  readonly kind: Kind;
  readonly maxOutput: number | undefined;
  readonly messages: number;
  readonly roles: Roles;
  readonly tools: readonly string[];
  readonly toolFailures: number;
  readonly reasoningEffort: string | undefined;
  readonly system: string | undefined;
  readonly shape: TextShape;
  readonly told: Told;
}

/** Such requests are answered when there is room for them: OpenAI's and vLLM's word for it. */
export function isDeferrable(serviceTier: unknown): boolean {
  return serviceTier === 'flex' || serviceTier === 'batch';
}
