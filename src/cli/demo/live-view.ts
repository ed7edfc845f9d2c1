// The demo while it runs: a frame to redraw in place, or one line every few seconds.
import Table from 'cli-table3';
import { bar, count, percent, perMillion, poolColour, score, sparkline, type Paint } from './paint.ts';
import type { Progress, TopicRow } from './tally.ts';

export interface LiveView {
  readonly title: string;
  /** waiting: nothing more is sent, but answers are under way. */
  readonly phase: 'sending' | 'waiting' | 'done';
  readonly durationMs: number;
  readonly pools: readonly string[];
  readonly progress: Progress;
}

const NO_BORDERS = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid'].flatMap((side) =>
    ['', '-mid', '-left', '-right'].map((more) => [side + more, '']),
  ),
);

/** A table without lines; cells may carry colours. */
export function table(rows: readonly (readonly string[])[], rightAligned: readonly number[] = []): string[] {
  const columns = rows[0]?.length ?? 0;
  const lines = new Table({
    chars: { ...NO_BORDERS, 'mid-mid': '', middle: '' },
    style: { head: [], border: [], 'padding-left': 1, 'padding-right': 1 },
    colAligns: Array.from({ length: columns }, (_, i) => (rightAligned.includes(i) ? 'right' : 'left')),
  });
  lines.push(...rows.map((row) => [...row]));
  return lines.toString().split('\n');
}

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;

/** Lines of a frame for a terminal that is `columns` wide; fits in 80 x 24 with 14 topics and 3 pools. */
export function renderFrame(view: LiveView, paint: Paint, columns: number): string[] {
  const { progress } = view;
  const { soFar, recent } = progress;
  const failed = `${count(progress.failed)} failed`;
  const costs = progress.slices.map(({ meanCostUsd }) => meanCostUsd);
  const scores = progress.slices.map(({ meanScore }) => meanScore);
  const label = (text: string): string => ` ${paint('bold', text.padEnd(9))}`;
  const curve = (values: readonly (number | undefined)[], low: number, high: number): string =>
    paint('cyan', sparkline(values, low, high));
  const [scoreNow, costNow] = [score(recent.meanScore), perMillion(recent.meanCostUsd)];
  const scoreRest = ` lately, ${score(soFar.meanScore)} so far (1: all answers right)`;
  const costRest = ` lately, ${perMillion(soFar.meanCostUsd)} so far, per million requests`;
  const window = seconds(Math.min(progress.elapsedMs, progress.windowMs));
  return [
    ` ${view.title}`,
    progressLine(view, paint, columns),
    `${label('requests')}${count(progress.answered)} answered at ${progress.perSecond.toFixed(1)}/s, ${progress.failed > 0 ? paint('red', failed) : failed}, ${count(progress.feedbackCounted)} rated by their users`,
    `${label('score')}${paint('bold', scoreNow)}${scoreRest.padEnd(TEXT_WIDTH - scoreNow.length)}${curve(scores, 0.5, 1)}`,
    `${label('cost')}${paint('bold', costNow)}${costRest.padEnd(TEXT_WIDTH - costNow.length)}${curve(costs, 0, Math.max(0, ...costs.map((cost) => cost ?? 0)))}`,
    ` ${paint('bold', 'Who answers what lately')} (the last ${window}; n: how many requests)`,
    ...shareTable(view, paint, columns),
  ];
}

/** Before the curves: they start in one column. */
const TEXT_WIDTH = 50;

function progressLine({ progress, durationMs, phase }: LiveView, paint: Paint, columns: number): string {
  const { elapsedMs } = progress;
  // Timers may fire a millisecond early.
  const done = Math.min(1, (elapsedMs + 5) / durationMs);
  const clock = {
    sending: `${seconds(elapsedMs)} gone, ${seconds(Math.max(0, durationMs - elapsedMs))} to go`,
    waiting: 'waiting for last answers',
    done: done < 1 ? `stopped after ${seconds(elapsedMs)}` : `done in ${seconds(elapsedMs)}`,
  }[phase];
  const width = Math.max(10, Math.min(columns, 100) - 36);
  return ` ${paint('cyan', bar(done, width))}${paint('dim', '▏')}${percent(done).padStart(5)}  ${clock}`;
}

function shareTable({ progress, pools }: LiveView, paint: Paint, columns: number): string[] {
  const width = Math.max(3, Math.min(16, Math.floor((Math.min(columns, 100) - 20) / Math.max(1, pools.length)) - 8));
  const cells = ({ shares }: TopicRow): string[] => {
    const most = Math.max(...shares);
    return shares.map((share, i) => {
      if (share === 0) return `${' '.repeat(width)} ${paint('dim', '    ·')}`;
      const text = `${bar(share, width)} ${percent(share).padStart(5)}`;
      return paint(share === most ? ['bold', poolColour(i)] : poolColour(i), text);
    });
  };
  const row = (one: TopicRow, name = one.topic): string[] => [name, ...cells(one), paint('dim', String(one.n))];
  const head = ['topic', ...pools.map((pool, i) => paint(poolColour(i), pool)), paint('dim', 'n')];
  return table(
    [head, ...progress.rows.map((one) => row(one)), row(progress.all, paint('bold', progress.all.topic))],
    [pools.length + 1],
  );
}

/** Where nothing can be redrawn: a file, a pipe, a CI log. */
export function renderLine({ progress, pools, durationMs }: LiveView): string {
  const { elapsedMs, recent, all } = progress;
  const shares = pools.map((pool, i) => `${pool} ${percent(all.shares[i])}`).join(', ');
  return [
    `${seconds(elapsedMs).padStart(5)} of ${seconds(durationMs)}`,
    `${progress.perSecond.toFixed(1)}/s`,
    `score ${score(recent.meanScore)}`,
    `${perMillion(recent.meanCostUsd)} per million`,
    shares,
    `${count(progress.failed)} failed`,
  ].join('  ');
}
