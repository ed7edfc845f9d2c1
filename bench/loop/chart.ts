// The learning curve as a small SVG that reads on light and dark pages. Pure.
import { BEST_FIXED, CHEAPEST, mean, RANDOM } from './metrics.ts';
import type { SeedReport } from './types.ts';

const WIDTH = 860;
const HEIGHT = 440;
const PLOT = { left: 62, right: 838, top: 84, bottom: 384 } as const;

export interface ChartOptions {
  readonly title: string;
  readonly window: number;
  readonly goal: number | undefined;
}

const STYLE = `
  text { font: 13px system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif; fill: #24292f }
  .title { font-size: 16px; font-weight: 600 } .small { font-size: 12px; fill: #57606a }
  .page { fill: #ffffff } .grid { stroke: #d8dee4 } .line { fill: none; stroke-width: 2 }
  .band { fill: #0969da; fill-opacity: .2 } .bandit { stroke: #0969da; stroke-width: 2.5 }
  .best { stroke: #1a7f37 } .cheap { stroke: #bc4c00 } .random { stroke: #8250df } .goal { stroke: #57606a }
  .best, .cheap, .random { stroke-dasharray: 7 4 } .goal { stroke-width: 1.2; stroke-dasharray: 2 3 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .small { fill: #9198a1 } .page { fill: #0d1117 } .grid { stroke: #30363d }
    .band { fill: #58a6ff; fill-opacity: .25 } .bandit { stroke: #58a6ff } .best { stroke: #56d364 } .cheap { stroke: #f0883e }
    .random { stroke: #bc8cff } .goal { stroke: #9198a1 }
  }`;

export type CurveReport = Pick<SeedReport, 'seed' | 'whole' | 'curve' | 'curveAt'>;

export function learningCurve(reports: readonly CurveReport[], { title, window, goal }: ChartOptions): string {
  const at = reports[0]?.curveAt ?? [];
  const curves = at.map((_, i) => reports.map((report) => report.curve[i] ?? 0));
  const flat = [
    { css: 'best', name: BEST_FIXED, label: 'best fixed model in hindsight' },
    { css: 'cheap', name: CHEAPEST, label: 'always the cheapest' },
    { css: 'random', name: RANDOM, label: 'random' },
  ].map((line) => ({ ...line, value: mean(reports.map((report) => report.whole.means[line.name]?.score ?? 0)) }));
  const values = [...curves.flat(), ...flat.map(({ value }) => value), ...(goal === undefined ? [] : [goal])];
  const step = 0.05;
  const low = Math.floor(Math.min(...values) / step - 0.2) * step;
  const high = Math.ceil(Math.max(...values) / step + 0.2) * step;
  const total = at.at(-1) ?? 1;
  const x = (requests: number): number => round(PLOT.left + (requests / total) * (PLOT.right - PLOT.left));
  const y = (score: number): number => round(PLOT.bottom - ((score - low) / (high - low)) * (PLOT.bottom - PLOT.top));
  const path = (scores: readonly number[]): string =>
    scores.map((score, i) => `${x(at[i] ?? 0)},${y(score)}`).join(' ');
  const across = (css: string, score: number): string =>
    `<path class="line ${css}" d="M${PLOT.left} ${y(score)}H${PLOT.right}"/>`;

  const upper = curves.map((scores) => Math.max(...scores));
  const lower = curves.map((scores) => Math.min(...scores));
  const ticks = Array.from({ length: Math.round((high - low) / step) + 1 }, (_, i) => low + i * step);
  const seeds = reports.map(({ seed }) => seed).join(', ');
  const band = reports.length > 1 ? `, band: least and most of seeds ${seeds}` : `, seed ${seeds}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${escape(title)}">
<style>${STYLE}
</style>
<rect class="page" width="${WIDTH}" height="${HEIGHT}"/>
<text class="title" x="${PLOT.left}" y="26">${escape(title)}</text>
${legend(flat, goal)}
${ticks.map((score) => `<path class="grid" d="M${PLOT.left} ${y(score)}H${PLOT.right}"/><text class="small" x="${PLOT.left - 8}" y="${y(score) + 4}" text-anchor="end">${score.toFixed(2)}</text>`).join('\n')}
${requestTicks(total)
  .map(
    (requests) =>
      `<text class="small" x="${x(requests)}" y="${PLOT.bottom + 18}" text-anchor="middle">${requests}</text>`,
  )
  .join('\n')}
${flat.map(({ css, value }) => across(css, value)).join('\n')}
${goal === undefined ? '' : across('goal', goal)}
<polygon class="band" points="${path(upper)} ${path(lower).split(' ').toReversed().join(' ')}"/>
<polyline class="line bandit" points="${path(curves.map(mean))}"/>
<text x="${(PLOT.left + PLOT.right) / 2}" y="${PLOT.bottom + 40}" text-anchor="middle">requests (score: mean of the last ${window}, fewer at the start${band})</text>
<text transform="translate(16 ${(PLOT.top + PLOT.bottom) / 2}) rotate(-90)" text-anchor="middle">mean score</text>
</svg>
`;
}

interface FlatLine {
  readonly css: string;
  readonly label: string;
  readonly value: number;
}

function legend(flat: readonly FlatLine[], goal: number | undefined): string {
  const entries = [
    { css: 'bandit', label: 'Sluice bandit' },
    ...flat.map(({ css, label, value }) => ({ css, label: `${label} ${value.toFixed(3)}` })),
    ...(goal === undefined ? [] : [{ css: 'goal', label: `goal of the last third ${goal.toFixed(2)}` }]),
  ];
  const perLine = 3;
  const columns = [0, 180, 480];
  return entries
    .map(({ css, label }, i) => {
      const left = PLOT.left + (columns[i % perLine] ?? 0);
      const top = 48 + 20 * Math.floor(i / perLine);
      return `<path class="line ${css}" d="M${left} ${top - 4}h28"/><text x="${left + 34}" y="${top}">${escape(label)}</text>`;
    })
    .join('\n');
}

/** About six round numbers. */
function requestTicks(total: number): readonly number[] {
  const steps = [10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];
  const step = steps.find((candidate) => total / candidate <= 9) ?? 20_000;
  return Array.from({ length: Math.floor(total / step) + 1 }, (_, i) => i * step);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
