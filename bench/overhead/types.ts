// What is measured: the cells of the grid, the subjects, and the samples that one repeat gives.
export type SubjectName = 'direct' | 'bare' | 'fixed' | 'full' | 'nginx' | 'unlaned';

export const SUBJECTS: readonly SubjectName[] = ['direct', 'bare', 'fixed', 'full', 'nginx', 'unlaned'];
/** Measured only when asked for by name. */
export const ASKED_FOR: ReadonlySet<SubjectName> = new Set(['unlaned']);

export const LABELS: Readonly<Record<SubjectName, string>> = {
  direct: 'direct',
  bare: 'bare node:http + undici',
  fixed: 'sluice, fixed route',
  full: 'sluice, full way',
  nginx: 'nginx',
  unlaned: 'sluice, fixed, no lane',
};

export type Answering = 'plain' | 'sse';

export interface Cell {
  /** As `--only` matches it: `2k-plain-64`. */
  readonly id: string;
  readonly bodyBytes: number;
  readonly answering: Answering;
  readonly connections: number;
}

/** One window of closed-loop load. */
export interface Window {
  readonly requests: number;
  readonly errors: number;
  readonly seconds: number;
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of the subject; 0 for direct, which has no process. */
  readonly cpuSeconds: number;
}

export interface WindowSample extends Window {
  readonly repeat: number;
  readonly cell: string;
  readonly subject: SubjectName;
}

/** Delays of events: time of receipt minus the time at which the upstream meant to send. */
export interface StreamRun {
  readonly streams: number;
  readonly completed: number;
  readonly events: number;
  /** Events that never came, came twice or out of order. */
  readonly lostEvents: number;
  readonly steadyP50Ms: number;
  readonly steadyP99Ms: number;
  /** Over all events, those of the second in which the streams were opened among them. */
  readonly wholeP99Ms: number;
  readonly rampP99Ms: number;
  readonly firstEventP50Ms: number;
  readonly firstEventP99Ms: number;
  readonly steadyEvents: number;
  readonly steadyCpuSeconds: number;
  readonly cpuSeconds: number;
}

export interface StreamSample extends StreamRun {
  readonly repeat: number;
  readonly subject: SubjectName;
  readonly rssAfterMiB: number;
}

export interface StartSample {
  readonly repeat: number;
  readonly subject: SubjectName;
  /** `checkout`: with a look at whether the sources have changed; `package`: as published. */
  readonly from: 'package' | 'checkout';
  readonly readyMs: number;
  readonly rssIdleMiB: number;
}

export interface Samples {
  readonly windows: readonly WindowSample[];
  readonly streams: readonly StreamSample[];
  readonly starts: readonly StartSample[];
}
