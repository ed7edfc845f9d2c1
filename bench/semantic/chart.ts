// The cost-quality curves as a small SVG that reads on light and dark pages: a panel a data set. Pure.
import { upperHull, type Point } from './curve.ts';
import type { SetResult, Way } from './measure.ts';

const PANEL = { width: 300, height: 250, left: 58, gap: 34, top: 84 } as const;
const STEP = 0.05;

const STYLE = `
  text { font: 12px system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif; fill: #24292f }
  .title { font-size: 16px; font-weight: 600 } .small { font-size: 11px; fill: #57606a }
  .page { fill: #ffffff } .grid { stroke: #d8dee4; fill: none } .line { fill: none; stroke-width: 2 } .dot { stroke: none }
  .semantic { stroke: #0969da; stroke-width: 2.5 } .fixed { stroke: #1a7f37; stroke-dasharray: 7 4 } .random { fill: #8250df } .single { fill: #1a7f37 }
  .category { stroke: #bc4c00; stroke-dasharray: 2 3 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .small { fill: #9198a1 } .page { fill: #0d1117 } .grid { stroke: #30363d }
    .semantic { stroke: #58a6ff } .fixed { stroke: #56d364 } .random { fill: #bc8cff } .single { fill: #56d364 } .category { stroke: #f0883e }
  }`;

/** Cost is shown relative to the best fixed model's, for some prices of the data are assumed. */
export function costQualityChart(results: readonly SetResult[], title: string): string {
  const width = PANEL.left + results.length * (PANEL.width + PANEL.gap + PANEL.left) - PANEL.left;
  const height = PANEL.top + PANEL.height + 56;
  const panels = results.map((result, i) =>
    panelOf(result, PANEL.left + i * (PANEL.width + PANEL.gap + PANEL.left), PANEL.top),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escape(title)}">
<style>${STYLE}
</style>
<rect class="page" width="${width}" height="${height}"/>
<text class="title" x="${PANEL.left}" y="26">${escape(title)}</text>
${legend()}
${panels.join('\n')}
</svg>
`;
}

function panelOf({ name, ways }: SetResult, left: number, top: number): string {
  const find = (wanted: string): Way | undefined => ways.find((way) => way.name === wanted);
  const fixed = find('best fixed');
  const unit = fixed?.costUsd ?? 1;
  const [semantic, category] = [
    upperHull(find('semantic')?.curve ?? []),
    upperHull(find("data's own category")?.curve ?? []),
  ];
  const singles = fixed?.curve ?? [];
  const shown = [...semantic, ...category, ...singles];
  const low = Math.floor(Math.min(...shown.map(({ quality }) => quality)) / STEP) * STEP;
  const high = Math.ceil(Math.max(...shown.map(({ quality }) => quality)) / STEP) * STEP;
  const most = Math.max(1, ...singles.map(({ costUsd }) => costUsd / unit));
  const x = (costUsd: number): number => round(left + (Math.min(costUsd / unit, most) / most) * PANEL.width);
  const y = (quality: number): number => round(top + PANEL.height - ((quality - low) / (high - low)) * PANEL.height);
  const end = most * unit;
  const line = (css: string, hull: readonly Point[]): string => {
    const last = hull.at(-1) ?? { costUsd: 0, quality: low };
    const at = [...hull, { ...last, costUsd: end }].map(({ costUsd, quality }) => `${x(costUsd)},${y(quality)}`);
    return `<polyline class="line ${css}" points="${at.join(' ')}"/>`;
  };
  const dot = (css: string, { costUsd, quality }: Point): string =>
    `<circle class="dot ${css}" cx="${x(costUsd)}" cy="${y(quality)}" r="3.5"/>`;
  const random = find('random');
  const ticks = Array.from({ length: Math.round((high - low) / STEP) + 1 }, (_, i) => low + i * STEP);
  const right = left + PANEL.width;
  return `<text x="${left}" y="${top - 10}">${escape(name)}</text>
${ticks.map((quality) => `<path class="grid" d="M${left} ${y(quality)}H${right}"/><text class="small" x="${left - 8}" y="${y(quality) + 4}" text-anchor="end">${quality.toFixed(2)}</text>`).join('\n')}
${[0, 0.25, 0.5, 0.75, 1].map((share) => `<text class="small" x="${x(share * unit)}" y="${top + PANEL.height + 18}" text-anchor="middle">${share * 100} %</text>`).join('\n')}
<path class="line fixed" d="M${left} ${y(fixed?.quality ?? low)}H${right}"/>
${line('category', category)}
${line('semantic', semantic)}
${singles.map((single) => dot('single', single)).join('\n')}
${random === undefined ? '' : dot('random', random)}
<text x="${left + PANEL.width / 2}" y="${top + PANEL.height + 40}" text-anchor="middle">cost, of the best fixed model's</text>`;
}

function legend(): string {
  const lines = [
    { css: 'semantic', label: 'semantic, by costWeight' },
    { css: 'category', label: "the data's own category" },
    { css: 'fixed', label: 'best fixed model' },
  ];
  const dots = [
    { css: 'single', label: 'one model for all' },
    { css: 'random', label: 'random' },
  ];
  const left = (i: number): number => PANEL.left + i * 190;
  return [
    ...lines.map(
      ({ css, label }, i) =>
        `<path class="line ${css}" d="M${left(i)} 46h28"/><text x="${left(i) + 34}" y="50">${escape(label)}</text>`,
    ),
    ...dots.map(
      ({ css, label }, i) =>
        `<circle class="dot ${css}" cx="${left(i + 3) + 14}" cy="46" r="3.5"/><text x="${left(i + 3) + 24}" y="50">${label}</text>`,
    ),
  ].join('\n');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
