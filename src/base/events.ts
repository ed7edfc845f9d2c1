// What the conductor tells whoever watches (metrics, logs): rooms on the hot path do not log.

/** One dispatch to an endpoint. */
export interface FinishedAttempt {
  readonly pool: string;
  /** Empty: it never left the pool's queue. */
  readonly endpoint: string;
  /** Of a cascade; attempts of one stage differ for failure, stages for quality. */
  readonly stage: number;
  /** undefined: no answer. */
  readonly status: number | undefined;
  readonly errorCode: string | undefined;
  /** From sending to the first piece of a streamed answer. */
  readonly ttftMs: number | undefined;
  /** Mean gap between the pieces of a streamed answer. */
  readonly itlMs: number | undefined;
  /** How long it waited for a free place in its pool. */
  readonly queuedMs: number;
  readonly costUsd: number;
  readonly usage:
    | {
        /** `cachedInputTokens` are part of `inputTokens`. */
        readonly inputTokens: number;
        readonly cachedInputTokens: number;
        readonly outputTokens: number;
        readonly estimated: boolean;
      }
    | undefined;
  /** When it was sent, counted from the request's start, and how long it took; without them its span is as long as the request's. */
  readonly sentMs?: number | undefined;
  readonly tookMs?: number | undefined;
}

/** One request from its arrival to its end. Names come from the policy; only `traceparent` is as a client sent it. */
export interface RequestFinished {
  readonly kind: 'request-finished';
  readonly decisionId: string;
  readonly route: string;
  readonly strategy: string;
  /** The pool and model that answered; undefined when none did. */
  readonly pool: string | undefined;
  readonly model: string | undefined;
  readonly requestedModel: string;
  readonly operation: 'chat' | 'completion' | 'embedding';
  readonly workloadKind: string;
  readonly topic: string;
  /** Rules of confinement that held; undefined: none did. */
  readonly confinedBy: readonly string[] | undefined;
  readonly finish: 'completed' | 'interrupted' | 'failed' | 'abandoned';
  readonly status: number;
  readonly stream: boolean;
  readonly errorCode: string | undefined;
  readonly attempts: readonly FinishedAttempt[];
  /** Wall clock, ms since 1970. */
  readonly startedAt: number;
  readonly ttftMs: number | undefined;
  readonly e2eMs: number;
  readonly overheadMs: number;
  /** As received, checked by nobody. */
  readonly traceparent: string | undefined;
  /** Ours, when tracing: the span that upstreams were told of. */
  readonly spanId: string | undefined;
}

export interface RequestRejected {
  readonly kind: 'request-rejected';
  readonly code: string;
  readonly status: number;
}

export interface AttemptFailed {
  readonly kind: 'attempt-failed';
  readonly pool: string;
  readonly endpoint: string;
  readonly code: string;
}

export interface EndpointChanged {
  readonly kind: 'endpoint-changed';
  readonly pool: string;
  readonly endpoint: string;
  readonly state: 'healthy' | 'busy' | 'ejected' | 'probing' | 'unhealthy';
  readonly reason: string;
}

export interface StageDeferred {
  readonly kind: 'stage-deferred';
  readonly route: string;
  readonly pool: string;
  readonly reason: string;
}

export interface FeedbackReceived {
  readonly kind: 'feedback-received';
  readonly result: 'counted' | 'duplicate' | 'stored';
}

export interface LearnerUpdated {
  readonly kind: 'learner-updated';
  readonly version: number;
  /** Taken in since the last time, without those that other replicas were told of: each is counted by one. */
  readonly rewards: number;
}

export interface PolicyReloaded {
  readonly kind: 'policy-reloaded';
  readonly result: 'applied' | 'refused';
  readonly fingerprint: string;
  readonly detail: string;
}

export interface StoreFailed {
  readonly kind: 'store-failed';
  readonly detail: string;
}

/** What became of spans on their way to the collector. */
export interface SpansSettled {
  readonly kind: 'spans-settled';
  readonly result: 'exported' | 'buffer-full' | 'export-failed';
  readonly spans: number;
  /** Of a failed export: why. */
  readonly detail: string | undefined;
}

export type GatewayEvent =
  | RequestFinished
  | RequestRejected
  | AttemptFailed
  | EndpointChanged
  | StageDeferred
  | FeedbackReceived
  | LearnerUpdated
  | PolicyReloaded
  | StoreFailed
  | SpansSettled;

export type Publish = (event: GatewayEvent) => void;

export interface EventBus {
  readonly publish: Publish;
  subscribe(listener: Publish): void;
}

/** Synchronous fan-out; a listener that throws is dropped from that event only. */
export function createEventBus(onListenerError: (error: unknown) => void): EventBus {
  const listeners: Publish[] = [];
  return {
    publish: (event) => {
      for (const listener of listeners) {
        try {
          listener(event);
        } catch (error) {
          onListenerError(error);
        }
      }
    },
    subscribe: (listener) => {
      listeners.push(listener);
    },
  };
}
