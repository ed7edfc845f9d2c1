// The reliability plot as an SVG that reads on light and dark pages: a small panel a head and set, confidence against what came true. Pure.
import type { Bin } from '../train/calibration.ts';
import type { Panel } from './types.ts';

const COLUMNS = 5;
const PLOT = 132;
/** Of a panel with its title, its axes and the counts below. */
const CELL = { width: 190, height: 236 } as const;
const PAGE = { left: 48, top: 76 } as const;
const COUNTS = 26;

const STYLE = `
  text { font: 12px system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif; fill: #24292f }
  .title { font-size: 16px; font-weight: 600 } .small { font-size: 10px; fill: #57606a }
  .page { fill: #ffffff } .frame { fill: none; stroke: #d8dee4 } .ideal { stroke: #8c959f; stroke-dasharray: 4 3 }
  .gap { stroke: #cf222e; stroke-opacity: .55; stroke-width: 2 } .dot { fill: #0969da } .count { fill: #0969da; fill-opacity: .35 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .small { fill: #9198a1 } .page { fill: #0d1117 } .frame { stroke: #30363d } .ideal { stroke: #6e7681 }
    .gap { stroke: #ff7b72 } .dot { fill: #58a6ff } .count { fill: #58a6ff }
  }`;

export function reliabilityPlot(panels: readonly Panel[], title: string): string {
  const width = PAGE.left + Math.min(COLUMNS, panels.length) * CELL.width;
  const height = PAGE.top + Math.ceil(panels.length / COLUMNS) * CELL.height;
  const drawn = panels.map((panel, i) =>
    drawPanel(panel, PAGE.left + (i % COLUMNS) * CELL.width, PAGE.top + Math.floor(i / COLUMNS) * CELL.height),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escape(title)}">
<style>${STYLE}
</style>
<rect class="page" width="${width}" height="${height}"/>
<text class="title" x="${PAGE.left}" y="24">${escape(title)}</text>
<text class="small" x="${PAGE.left}" y="42">across: confidence of a bin's rows; up: share that came true; on the dashed line both agree; below: rows of each bin, on a scale of their own</text>
${drawn.join('\n')}
</svg>
`;
}

function drawPanel({ name, ece, bins }: Panel, left: number, top: number): string {
  const x = (value: number): number => round(left + value * PLOT);
  const y = (value: number): number => round(top + (1 - value) * PLOT);
  const rows = bins.reduce((sum, bin) => sum + bin.rows, 0);
  const most = Math.max(1, ...bins.map((bin) => bin.rows));
  const floor = top + PLOT + 22 + COUNTS;
  const mark = (bin: Bin): string => {
    const tall = round((bin.rows / most) * COUNTS);
    const at = `${bin.rows} rows: confidence ${bin.confidence.toFixed(3)}, true ${bin.correct.toFixed(3)}`;
    return `<g><title>${at}</title><path class="gap" d="M${x(bin.confidence)} ${y(bin.confidence)}V${y(bin.correct)}"/><circle class="dot" cx="${x(bin.confidence)}" cy="${y(bin.correct)}" r="${radius(bin.rows / rows)}"/><rect class="count" x="${round(x(bin.confidence) - 3)}" y="${round(floor - tall)}" width="6" height="${tall}"/></g>`;
  };
  const ticks = [0, 0.5, 1].map(
    (at) =>
      `<text class="small" x="${x(at)}" y="${top + PLOT + 13}" text-anchor="middle">${at}</text><text class="small" x="${left - 5}" y="${y(at) + 3}" text-anchor="end">${at}</text>`,
  );
  return `<text x="${left}" y="${top - 8}">${escape(name)}</text>
<rect class="frame" x="${left}" y="${top}" width="${PLOT}" height="${PLOT}"/>
<path class="ideal" d="M${left} ${top + PLOT}L${left + PLOT} ${top}"/>
${ticks.join('')}
${bins.map(mark).join('\n')}
<path class="frame" d="M${left} ${floor}H${left + PLOT}"/>
<text class="small" x="${left}" y="${floor + 13}">${rows.toLocaleString('en')} rows, ECE ${ece.toFixed(3)}</text>`;
}

/** A bin of a thousandth of the rows is still seen. */
function radius(share: number): number {
  return round(Math.max(1.5, Math.min(5, 8 * Math.sqrt(share))));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
