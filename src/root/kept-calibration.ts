// The calibration of token estimates over restarts: read at the start, written when it has changed.
import type { Store } from '../store/index.ts';
import { tokenCalibrationFromStored, type TokenCalibration } from '../workload/index.ts';

const PLACE = { collection: 'calibration', key: 'tokens' } as const;

export interface KeptCalibration {
  readonly calibration: TokenCalibration;
  /** Of several processes the last that wrote counts: each of them has learnt the same from its own traffic. Rejects with store errors. */
  save(): Promise<void>;
}

/** Starts anew where nothing is stored, or something of another build. Rejects with store errors. */
export async function openCalibration(store: Store): Promise<KeptCalibration> {
  const calibration = tokenCalibrationFromStored(await store.get(PLACE.collection, PLACE.key));
  let reports = 0;
  let saved = 0;
  return {
    calibration: {
      ...calibration,
      observe: (workload, model, reportedInputTokens) => {
        reports++;
        calibration.observe(workload, model, reportedInputTokens);
      },
    },
    save: async () => {
      const until = reports;
      if (until === saved) return;
      await store.commit([{ ...PLACE, value: calibration.toStored() }]);
      saved = until;
    },
  };
}
