// The embedder that serves, and how that of another plan takes its place: opened first, the old one closed when nobody asks it any more.
import type { SentenceEmbedder } from '../embedding/index.ts';
import type { EmbedderSpec, Plan } from '../policy/index.ts';

export interface PreparedEmbedder {
  /** undefined: the plan has no use for vectors. */
  readonly embedder: SentenceEmbedder | undefined;
  /** Puts it in the place of the one before. */
  readonly swap: () => void;
  /** In place of `swap`, when the plan cannot be served for another reason. */
  readonly discard: () => Promise<void>;
}

export interface EmbedderSeat {
  current(): SentenceEmbedder | undefined;
  /** Rejects with embeddingErrors; the current one stays whatever happens. A plan with the same settings keeps it. */
  prepare(plan: Plan): Promise<PreparedEmbedder>;
  close(): Promise<void>;
}

interface Seated {
  readonly settings: string;
  readonly embedder: SentenceEmbedder;
  /** A request that came before the swap may ask until then. */
  readonly asksForMs: number;
}

export interface EmbedderSeatOptions {
  readonly open: (spec: EmbedderSpec) => Promise<SentenceEmbedder>;
  /** Calls back in so many milliseconds, unless what it returns is called before. */
  readonly after: (ms: number, then: () => void) => () => void;
}

export function createEmbedderSeat({ open, after }: EmbedderSeatOptions): EmbedderSeat {
  let seated: Seated | undefined;
  const leaving = new Map<SentenceEmbedder, () => void>();

  function dismiss({ embedder, asksForMs }: Seated): void {
    const stay = after(asksForMs, () => {
      leaving.delete(embedder);
      void embedder.close();
    });
    leaving.set(embedder, stay);
  }

  return {
    current: () => seated?.embedder,
    prepare: async (plan) => {
      const next = usesVectors(plan) ? await seat(plan.embedder) : undefined;
      return {
        embedder: next?.embedder,
        swap: () => {
          if (seated !== undefined && seated !== next) dismiss(seated);
          seated = next;
        },
        discard: async () => {
          if (next !== seated) await next?.embedder.close();
        },
      };
    },
    close: async () => {
      const last = seated;
      seated = undefined;
      for (const stay of leaving.values()) stay();
      await Promise.all([last?.embedder, ...leaving.keys()].map((embedder) => embedder?.close()));
      leaving.clear();
    },
  };

  async function seat(spec: EmbedderSpec): Promise<Seated> {
    const settings = JSON.stringify(spec);
    if (seated?.settings === settings) return seated;
    return { settings, embedder: await open(spec), asksForMs: spec.kind === 'static' ? 0 : spec.deadlineMs };
  }
}

/** What only plans with topics of their own have a use for. */
function usesVectors({ topics }: Plan): boolean {
  return topics.length > 0;
}
