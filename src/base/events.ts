// What the conductor tells whoever watches (metrics, logs): rooms on the hot path do not log.

/** One request from its arrival to its end. Labels are bounded: routes, pools and models come from the policy, never from a client. */
export interface RequestFinished {
  readonly kind: 'request-finished';
  readonly decisionId: string;
  readonly route: string;
  readonly strategy: string;
  /** The pool and model that answered; undefined when none did. */
  readonly pool: string | undefined;
  readonly model: string | undefined;
  readonly topic: string;
  readonly finish: 'completed' | 'interrupted' | 'failed' | 'abandoned';
  readonly status: number;
  readonly stream: boolean;
  readonly errorCode: string | undefined;
  readonly attempts: readonly {
    readonly pool: string;
    readonly usage: { readonly inputTokens: number; readonly outputTokens: number } | undefined;
    readonly costUsd: number;
  }[];
  readonly ttftMs: number | undefined;
  readonly e2eMs: number;
  readonly overheadMs: number;
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

export type GatewayEvent =
  | RequestFinished
  | RequestRejected
  | AttemptFailed
  | EndpointChanged
  | StageDeferred
  | FeedbackReceived
  | LearnerUpdated
  | PolicyReloaded
  | StoreFailed;

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
