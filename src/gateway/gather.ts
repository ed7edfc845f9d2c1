// What has to be waited for before a request can be decided upon: an encoder's word on its text, within a deadline, or what stands in for it.
import {
  factsThatWait,
  nearnessByScores,
  nearnessByText,
  topicText,
  type Encoded,
  type Router,
} from '../router/index.ts';
import type { RequestTexts, Workload } from '../workload/index.ts';
import type { Gateway } from './types.ts';

type Facts = NonNullable<ReturnType<typeof factsThatWait>>;

/** undefined: the route can be told at once, and nobody is asked. A promise only where an encoder answers with one; never rejects. */
export function gather(
  { clock }: Pick<Gateway, 'clock'>,
  router: Router,
  workload: Workload,
  texts: RequestTexts,
): Facts | Promise<Facts> | undefined {
  const { topics } = router;
  const facts = factsThatWait(router, workload, texts);
  if (facts === undefined || topics?.encode === undefined) return undefined;
  const deadlineMs = router.awaits.get(workload.requestedModel) ?? 0;
  const from = clock.monotonicMs();
  const settle = (encoded: Encoded): Facts => {
    facts.settle(
      encoded.kind === 'scores'
        ? nearnessByScores(topics, encoded.scores, clock.monotonicMs() - from)
        : nearnessByText(topics, texts, encoded.why),
    );
    return facts;
  };
  const asked = topics.encode(topicText(texts));
  return asked instanceof Promise ? inTime(asked, deadlineMs).then(settle) : settle(asked);
}

function inTime(asked: Promise<Encoded>, deadlineMs: number): Promise<Encoded> {
  return new Promise((resolve) => {
    const late = setTimeout(() => {
      resolve({ kind: 'absent', why: `the encoder took longer than ${deadlineMs} ms` });
    }, deadlineMs);
    void asked.then((encoded) => {
      clearTimeout(late);
      resolve(encoded);
    });
  });
}
