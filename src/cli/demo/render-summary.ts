// The end of a demo as text: what was learnt, what it saved, and how sure that is.
import { table } from './live-view.ts';
import { count, interval, percent, perMillion, plural, poolColour, score, signed, type Paint } from './paint.ts';
import type { Difference } from './statistics.ts';
import type { Part, Summary, TopicSummary } from './summary.ts';

/** Fewer answers in the control group are called few. */
const FEW = 30;
/** Fewer answers in the last fifth do not say what a topic prefers. */
const FEW_OF_TOPIC = 5;

export function renderSummary(summary: Summary, pools: readonly string[], paint: Paint): string {
  const { requests, elapsedMs } = summary;
  const fed = summary.feedback['counted'] ?? 0;
  const heading = (text: string): string => ` ${paint('bold', text)}`;
  const fifth = `${(elapsedMs / 5000).toFixed(elapsedMs < 50_000 ? 1 : 0)} s`;
  const perTopic = Math.round(summary.last.score.n / summary.topics.length);
  const lines = [
    heading(`${count(requests.answered)} answers in ${(elapsedMs / 1000).toFixed(0)} s`) +
      `: ${count(requests.routed)} routed, ${count(requests.control)} control; ${plural(fed, 'rating', 'ratings')} learnt from`,
    ...troubles(summary).map((line) => ` ${paint('red', line)}`),
  ];
  if (requests.routed === 0) return [...lines, ' Nothing was answered: there is nothing to compare.', ''].join('\n');
  lines.push(
    '',
    heading('What was learnt') + `: the first ${fifth} → the last ${fifth}`,
    '',
    ...topicTable(summary, pools, paint),
    paint(
      'dim',
      ` A topic has about ${plural(perTopic, 'answer', 'answers')} in a fifth: hints only. All topics together:`,
    ),
    '',
    ...learntLines(summary),
    '',
    ...savedLines(summary, paint, heading),
    '',
  );
  return lines.join('\n');
}

function troubles({ failures, feedback, requests }: Summary): string[] {
  return [
    ...Object.entries(failures).map(([reason, n]) => `${plural(n, 'request', 'requests')} failed: ${reason}`),
    ...Object.entries(feedback)
      .filter(([status]) => status !== 'counted')
      .map(([status, n]) => `${plural(n, 'rating was', 'ratings were')} not learnt from: ${status}`),
    ...(requests.heldBack > 0
      ? [`${plural(requests.heldBack, 'request', 'requests')} had to wait for a free connection: --concurrency is low`]
      : []),
  ];
}

const arrow = (before: string, after: string, width = 0): string =>
  `${before.padStart(width)} → ${after.padStart(width)}`;

function topicTable({ topics, first, last, all }: Summary, pools: readonly string[], paint: Paint): string[] {
  const row = (topic: TopicSummary): string[] => {
    const { preferred, preferredScore } = topic;
    if (preferred === undefined || topic.last.n < FEW_OF_TOPIC)
      return [topic.topic, paint('dim', 'too few'), '', '', '', ''];
    const name = paint(poolColour(pools.indexOf(preferred)), preferred);
    return [
      topic.topic,
      name,
      arrow(percent(topic.preferredShareBefore), percent(topic.preferredShare), 5),
      `${score(preferredScore.mean)} ${paint('dim', `n=${preferredScore.n}`)}`,
      arrow(score(topic.first.meanScore), score(topic.last.meanScore), 4),
      arrow(perMillion(topic.first.meanCostUsd), perMillion(topic.last.meanCostUsd), 5),
    ];
  };
  const head = ['topic', 'prefers', 'its share', 'it scored', 'mean score', 'per million'].map((h) => paint('dim', h));
  const overall = [
    paint('bold', 'all topics'),
    '',
    '',
    `${score(all.score.mean)} ${paint('dim', `n=${all.score.n}`)}`,
    arrow(score(first.score.mean), score(last.score.mean), 4),
    arrow(perMillion(first.costUsd.mean), perMillion(last.costUsd.mean), 5),
  ];
  return table([head, ...topics.map(row), overall]);
}

function learntLines({ first, last, learnt }: Summary): string[] {
  const shares = Object.keys(last.shares).map((pool) => {
    const [before, now] = [first.shares[pool] ?? 0, last.shares[pool] ?? 0];
    return `${pool} ${Math.round(before * 100)} → ${percent(now)}`;
  });
  const { score: change, costChange } = learnt;
  return [
    ` traffic  ${shares.join(', ')}`,
    ` score    ${arrow(score(first.score.mean), score(last.score.mean))}, ${signed(change.value)} ${interval(change, signed)}`,
    ` cost     ${arrow(perMillion(first.costUsd.mean), perMillion(last.costUsd.mean))} per million requests, ${relative(costChange)}`,
  ];
}

const signedPercent = (value: number): string => signed(value, percent);
const relative = (change: Difference): string =>
  `${signed(change.value, percent)} ${interval(change, signedPercent)}`.trimEnd();

function savedLines(summary: Summary, paint: Paint, heading: (text: string) => string): string[] {
  const { control, last } = summary;
  if (control === undefined) return [' There was no control group: what routing saves was not measured.'];
  const line = (name: string, part: Pick<Part, 'score' | 'costUsd'>): string[] => [
    name,
    `${score(part.score.mean)} ${interval(part.score, score)}`,
    `${perMillion(part.costUsd.mean)} ${interval(part.costUsd, perMillion)}`,
    `n=${part.score.n}`,
  ];
  const quality = control.scoreDifference;
  return [
    heading(`Against always ${control.pool}`) +
      `, measured on a control group: ${plural(control.score.n, 'request', 'requests')} by that name`,
    '',
    ...table([
      ['', 'score', 'per million', ''].map((h) => paint('dim', h)),
      line(`always ${control.pool}`, control),
      line('routed, last fifth', last),
      ['difference', `${signed(quality.value)} ${interval(quality, signed)}`, relative(control.costChange), ''],
    ]),
    paint('dim', ' In brackets: 95 % intervals.'),
    '',
    ...verdict(summary).map((sentence) => ` ${sentence}`),
  ];
}

/** In words, and never more than the sample says. */
function verdict({ control, last }: Summary): string[] {
  if (control === undefined) return [];
  const n = Math.min(control.score.n, last.score.n);
  const { low, high } = control.scoreDifference;
  if (low === undefined || high === undefined || n < FEW) {
    return [`Only ${plural(n, 'answer', 'answers')} on one side: too few to compare. Take a longer run (--seconds).`];
  }
  const always = `always ${control.pool}`;
  const { value: cost = 0, low: least = 0, high: most = 0 } = control.costChange;
  const price =
    least > 0 || most < 0
      ? `Routing cost ${percent(Math.abs(cost))} ${cost < 0 ? 'less' : 'more'} than ${always}`
      : `Routing cost as much as ${always}, as far as this sample can tell`;
  if (low > 0) return [`${price}, and its answers scored better.`];
  if (high < 0) return [`${price}; its answers scored worse by ${score(-high)} to ${score(-low)}.`];
  return [
    `${price}.`,
    `The scores cannot be told apart on so few answers (difference ${signed(low)} to ${signed(high)}).`,
  ];
}
