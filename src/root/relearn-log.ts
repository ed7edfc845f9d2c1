// The decision log, learnt again in the feature space of this build.
import { relearn, type DecisionRecord, type Relearnt } from '../feedback/index.ts';
import { sparse, type SparseContext } from '../learning/index.ts';
import type { Store } from '../store/index.ts';
import { buildWorkload, CONTEXT_DIMENSIONS, type ChatBody, type Eyes } from '../workload/index.ts';
import { openEyes } from './eyes.ts';

export async function relearnLog(store: Store): Promise<Relearnt & { readonly fingerprint: string }> {
  const { eyes, contextFingerprint: fingerprint } = openEyes();
  const contextOf = (record: DecisionRecord): SparseContext | undefined => seenAgain(record, eyes);
  const counts = await relearn({ store, fingerprint, dimensions: CONTEXT_DIMENSIONS, contextOf });
  return { ...counts, fingerprint };
}

/** As if the text that was kept had been the whole conversation. */
function seenAgain({ text = '' }: DecisionRecord, eyes: Eyes): SparseContext | undefined {
  if (text === '') return undefined;
  const body: ChatBody = { model: '', messages: [{ role: 'user', content: text }] };
  const bytes = Buffer.from(JSON.stringify(body));
  const hints = { session: undefined, slo: undefined, tags: {} };
  return sparse(buildWorkload({ operation: 'chat', body, bytes, hints }, eyes).context);
}
