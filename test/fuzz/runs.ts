// How long the fuzz tests run: the same short cases every time, or SLUICE_FUZZ_RUNS of them with a seed of their own (SLUICE_FUZZ_SEED).

const RUNS = process.env['SLUICE_FUZZ_RUNS'];
const SEED = process.env['SLUICE_FUZZ_SEED'];

/** Of a test: as everywhere, or as long as it takes. */
export const TIMEOUT_MS = RUNS === undefined ? 240_000 : 24 * 3_600_000;

/** `usual`: cases of a run that says nothing else. fast-check prints the seed of what fails. */
export function runs(usual: number): { readonly numRuns: number; readonly seed: number } {
  const seed = SEED === undefined ? undefined : Number(SEED);
  if (RUNS === undefined) return { numRuns: usual, seed: seed ?? 20_261_125 };
  return { numRuns: Number(RUNS), seed: seed ?? Date.now() % 2 ** 31 };
}
