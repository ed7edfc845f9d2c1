// The embedder that serves, and how that of another plan takes its place: opened first, the old one closed when nobody asks it any more.
import type { SentenceEmbedder } from '../embedding/index.ts';
import type { EncoderSpec, Plan } from '../policy/index.ts';

export interface PreparedEmbedder {
  /** undefined: the plan has no use for an encoder's vectors. */
  readonly embedder: SentenceEmbedder | undefined;
  /** Puts it in the place of the one before. */
  readonly swap: () => void;
  /** In place of `swap`, when the plan cannot be served for another reason. */
  readonly discard: () => Promise<void>;
}

export interface EmbedderSeat {
  readonly current: () => SentenceEmbedder | undefined;
  /** Rejects with embeddingErrors; the current one stays whatever happens. A plan with the same settings keeps it. */
  readonly prepare: (plan: Plan) => Promise<PreparedEmbedder>;
  readonly close: () => Promise<void>;
}

interface Seated {
  readonly settings: string;
  readonly embedder: SentenceEmbedder;
  /** A request that came before the swap may ask until then. */
  readonly asksForMs: number;
}

export interface EmbedderSeatOptions {
  readonly open: (spec: EncoderSpec) => Promise<SentenceEmbedder>;
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
      const spec = encoderOf(plan);
      const next = spec && (await seat(spec));
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
      await Promise.all([last?.embedder, ...leaving.keys()].map(async (embedder) => embedder?.close()));
      leaving.clear();
    },
  };

  async function seat(spec: EncoderSpec): Promise<Seated> {
    const settings = JSON.stringify(spec);
    if (seated?.settings === settings) return seated;
    return { settings, embedder: await open(spec), asksForMs: spec.deadlineMs };
  }
}

/** undefined: nothing asks for its vectors; topics of the policy's own do, where a condition asks for them. */
function encoderOf({ embedder, needs }: Plan): EncoderSpec | undefined {
  return embedder.kind !== 'static' && needs.calls.some((call) => call.function === 'similar') ? embedder : undefined;
}
