// Time lines below each other as a small SVG that reads on light and dark pages. Pure.
const WIDTH = 900;
const LEFT = 70;
const RIGHT = 880;
const TOP = 44;
const PANEL = 110;
const GAP = 34;

export interface Line {
  readonly label: string;
  /** As many as there are times; NaN: nothing was seen then. */
  readonly values: readonly number[];
}

export interface Panel {
  readonly title: string;
  readonly lines: readonly Line[];
  /** Drawn across. */
  readonly goal?: number;
  /** The lowest value of the axis; by default 0. */
  readonly from?: number;
}

export interface TimeChart {
  readonly title: string;
  /** Seconds since the start, ascending. */
  readonly at: readonly number[];
  readonly panels: readonly Panel[];
  /** Shaded stretches of time. */
  readonly spans?: readonly { readonly from: number; readonly to: number; readonly label: string }[];
}

const STYLE = `
  text { font: 12px system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif; fill: #24292f }
  .title { font-size: 16px; font-weight: 600 } .small { font-size: 11px; fill: #57606a }
  .page { fill: #ffffff } .grid { stroke: #d8dee4; fill: none } .line { fill: none; stroke-width: 1.6 } .span { fill: #cf222e; fill-opacity: .1 }
  .l0 { stroke: #0969da } .l1 { stroke: #bc4c00 } .l2 { stroke: #1a7f37 } .l3 { stroke: #8250df } .goal { stroke: #57606a; stroke-dasharray: 3 3; fill: none }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .small { fill: #9198a1 } .page { fill: #0d1117 } .grid { stroke: #30363d } .goal { stroke: #9198a1 }
    .l0 { stroke: #58a6ff } .l1 { stroke: #f0883e } .l2 { stroke: #56d364 } .l3 { stroke: #bc8cff }
  }`;

export function timeChart({ title, at, panels, spans = [] }: TimeChart): string {
  const height = TOP + panels.length * (PANEL + GAP) + 16;
  const end = Math.max(1, at.at(-1) ?? 1);
  const x = (seconds: number): number => round(LEFT + (seconds / end) * (RIGHT - LEFT));
  const bottom = TOP + panels.length * (PANEL + GAP) - GAP + 14;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escape(title)}">
<style>${STYLE}
</style>
<rect class="page" width="${WIDTH}" height="${height}"/>
<text class="title" x="${LEFT}" y="24">${escape(title)}</text>
${spans
  .map(
    ({ from, to, label }) =>
      `<rect class="span" x="${x(from)}" y="${TOP}" width="${round(x(to) - x(from))}" height="${bottom - TOP}"/><text class="small" x="${x(from) + 4}" y="${bottom - 4}">${escape(label)}</text>`,
  )
  .join('\n')}
${panels.map((panel, i) => panelOf(panel, at, x, TOP + i * (PANEL + GAP) + 14)).join('\n')}
${ticks(0, end, 8)
  .map((s) => `<text class="small" x="${x(s)}" y="${bottom + 16}" text-anchor="middle">${s} s</text>`)
  .join('\n')}
</svg>
`;
}

function panelOf(panel: Panel, at: readonly number[], x: (s: number) => number, top: number): string {
  const values = panel.lines.flatMap((line) => line.values).filter((value) => Number.isFinite(value));
  const low = panel.from ?? 0;
  const high = Math.max(low + 1e-9, ...values, panel.goal ?? low) * 1.05;
  const y = (value: number): number => round(top + PANEL - ((value - low) / (high - low)) * PANEL);
  const marks = ticks(low, high, 4)
    .map(
      (value) =>
        `<path class="grid" d="M${LEFT} ${y(value)}H${RIGHT}"/><text class="small" x="${LEFT - 6}" y="${y(value) + 4}" text-anchor="end">${value}</text>`,
    )
    .join('');
  let left = LEFT + 8 + panel.title.length * 6.6;
  const legend = panel.lines
    .map((line, i) => {
      const here = round(left);
      left += 30 + line.label.length * 6.4;
      return `<path class="line l${i % 4}" d="M${here} ${top - 8}h16"/><text class="small" x="${here + 20}" y="${top - 4}">${escape(line.label)}</text>`;
    })
    .join('');
  const drawn = panel.lines.map((line, i) => `<path class="line l${i % 4}" d="${pathOf(line.values, at, x, y)}"/>`);
  const goal = panel.goal === undefined ? '' : `<path class="goal" d="M${LEFT} ${y(panel.goal)}H${RIGHT}"/>`;
  return `<text x="${LEFT}" y="${top - 4}">${escape(panel.title)}</text>${legend}\n${marks}${goal}\n${drawn.join('\n')}`;
}

/** The pen is lifted where nothing was seen. */
function pathOf(
  values: readonly number[],
  at: readonly number[],
  x: (s: number) => number,
  y: (v: number) => number,
): string {
  let down = false;
  return values
    .map((value, i) => {
      const seen = Number.isFinite(value);
      const step = seen ? `${down ? 'L' : 'M'}${x(at[i] ?? 0)} ${y(value)}` : '';
      down = seen;
      return step;
    })
    .join('');
}

/** Round numbers from `low` to `high`, about `most` of them. */
export function ticks(low: number, high: number, most: number): readonly number[] {
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
