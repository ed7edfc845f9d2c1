// What one request of the demo is, before it is sent and after it was answered.
import type { DemoPrompt } from '../../sim/index.ts';

/** routed: `model: auto`, and its user may give feedback; control: the control pool by its own name, never fed back. */
export type Group = 'routed' | 'control';

export interface Arrival {
  /** Since the start. */
  readonly dueMs: number;
  readonly prompt: DemoPrompt;
  readonly group: Group;
  /** Whether this user says what the answer was worth. */
  readonly givesFeedback: boolean;
}

export interface Answered {
  /** Since the start. */
  readonly sentMs: number;
  readonly answeredMs: number;
  /** The prompt's own: what users know, not what the gateway took it for. */
  readonly topic: string;
  readonly group: Group;
  readonly pool: string;
  readonly score: 0 | 1;
  readonly costUsd: number;
}

export interface Price {
  readonly inputPerMTok: number;
  readonly outputPerMTok: number;
}

/** completed: the time was up; stopped: Ctrl-C; gone: the gateway stopped answering. */
export type Ending = 'completed' | 'stopped' | 'gone';
