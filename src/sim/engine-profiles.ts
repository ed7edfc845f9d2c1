// How fast each simulated GPU fleet is: the constants of the engine's step-time model, with where each comes from.

/** Step time = wMs + sum over decoding sequences of hMsPerSeq * context / contextAtH + prefillMsPerToken * prefill tokens of the step. */
export interface EngineProfile {
  /** W: ms of a decode step whatever the batch (reading the weights). */
  readonly wMs: number;
  /** H: ms that one sequence of `contextAtH` tokens adds to a decode step (reading its KV cache). */
  readonly hMsPerSeq: number;
  /** ctx0: the context length, in tokens, at which H was measured. */
  readonly contextAtH: number;
  readonly prefillMsPerToken: number;
  /** KV cache capacity in tokens, held in blocks of 16: what prompts and answers of all running sequences share. */
  readonly kvTokens: number;
  /** vLLM's max_num_seqs: its API server defaults to 1024 on GPUs of 70 GiB and more, to 256 on A100. */
  readonly maxSeqs: number;
  /** vLLM's max_num_batched_tokens, what one step computes at most: 8192 and 2048 on the same GPUs. Default 2048. */
  readonly maxBatchedTokens?: number;
  /** One line on where the numbers come from, shown by `sluice sim --help`. */
  readonly source: string;
}

/** vLLM's default where the GPU is not known to be large. */
export const DEFAULT_BATCHED_TOKENS = 2048;

const CONTEXT_AT_H = 2048;

/**
 * "BLIS": W and H from the trained coefficients of BLIS, an iteration-level vLLM simulator:
 * step = 1.3625 * weight read time + 32.1 us a layer + 126 us + 4.42 us a request + 1.947 * KV read time.
 * "Vidur": prefill ms/token from Vidur's published profiling tables.
 */
export const ENGINE_PROFILES: Readonly<Record<string, EngineProfile>> = {
  '8b-a100': {
    wMs: 11.9,
    hMsPerSeq: 0.261,
    contextAtH: CONTEXT_AT_H,
    prefillMsPerToken: 0.069,
    kvTokens: 455_000,
    maxSeqs: 256,
    maxBatchedTokens: 2048,
    source: 'Llama-3-8B TP1: W, H BLIS fit; prefill Vidur (142 ms / 2048)',
  },
  '8b-h100': {
    wMs: 7.69,
    hMsPerSeq: 0.16,
    contextAtH: CONTEXT_AT_H,
    // BLIS gives 0.020 to 0.025: the middle.
    prefillMsPerToken: 0.0225,
    kvTokens: 455_000,
    maxSeqs: 1024,
    maxBatchedTokens: 8192,
    source: 'Llama-3-8B TP1: BLIS fit',
  },
  '32b-h100': {
    // No measurement of ours: BLIS' formula with 32.8 GB of FP8 weights, 64 layers, 256 KiB of KV a token, 3.35 TB/s.
    wMs: 15.5,
    hMsPerSeq: 0.316,
    contextAtH: CONTEXT_AT_H,
    // Scaled from 70B TP4's 0.055 by parameters a GPU, with FP8 compute taken as 1.6 times as fast.
    prefillMsPerToken: 0.06,
    // 72 GB usable, less the weights.
    kvTokens: 147_000,
    maxSeqs: 1024,
    maxBatchedTokens: 8192,
    source: 'Qwen2.5-32B FP8 TP1: derived with BLIS formula, not measured',
  },
  '70b-tp4-a100': {
    wMs: 26.3,
    hMsPerSeq: 0.165,
    contextAtH: CONTEXT_AT_H,
    prefillMsPerToken: 0.166,
    kvTokens: 493_000,
    maxSeqs: 256,
    maxBatchedTokens: 2048,
    source: 'Llama-3-70B TP4: W, H BLIS fit; prefill Vidur',
  },
  '70b-tp4-h100': {
    wMs: 17,
    hMsPerSeq: 0.102,
    contextAtH: CONTEXT_AT_H,
    prefillMsPerToken: 0.055,
    kvTokens: 493_000,
    maxSeqs: 1024,
    maxBatchedTokens: 8192,
    source: 'Llama-3-70B TP4: W, H BLIS fit; prefill Vidur',
  },
  '70b-tp8-h100': {
    wMs: 9.87,
    hMsPerSeq: 0.053,
    contextAtH: CONTEXT_AT_H,
    prefillMsPerToken: 0.031,
    kvTokens: 1_420_000,
    maxSeqs: 1024,
    maxBatchedTokens: 8192,
    source: 'Llama-3-70B TP8: W, H BLIS fit; prefill Vidur',
  },
};
