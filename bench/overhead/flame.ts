// The flame graph as one SVG file: width is time, a caller stands on what it called, colours tell rooms, packages and node apart.
import type { OwnerKind, ProfileNode } from './profile-summary.ts';

const WIDTH = 1_600;
const ROW = 17;
const TOP = 30;
const NARROWEST = 0.6;
const MOST_ROWS = 80;
/** Of the 11-pixel monospaced font. */
const CHARACTER = 6.6;

const COLOURS: Readonly<Record<OwnerKind, string>> = {
  room: '#f2a65a',
  package: '#8fbcd4',
  node: '#c9d6a3',
  native: '#d8d8d8',
  gc: '#d98c8c',
  program: '#e4e4e4',
  idle: '#ffffff',
};

/** Idle time is left out: the width is the busy time. */
export function flameGraph(nodes: readonly ProfileNode[], title: string): string {
  const totals = new Map<ProfileNode, number>();
  const total = (node: ProfileNode): number => {
    const known = totals.get(node);
    if (known !== undefined) return known;
    const own = node.owner.kind === 'idle' ? 0 : node.selfUs;
    const sum = node.children.reduce((so_far, child) => so_far + total(child), own);
    totals.set(node, sum);
    return sum;
  };
  const roots = nodes.filter(({ parent }) => parent === undefined);
  const all = Math.max(
    1,
    roots.reduce((sum, root) => sum + total(root), 0),
  );
  const boxes: string[] = [];
  let deepest = 0;
  const draw = (node: ProfileNode, x: number, depth: number): void => {
    const width = (WIDTH * total(node)) / all;
    if (width < NARROWEST || depth >= MOST_ROWS) return;
    deepest = Math.max(deepest, depth);
    boxes.push(box(node, x, depth, width, total(node) / all));
    let at = x;
    for (const child of node.children.toSorted((a, b) => total(b) - total(a))) {
      draw(child, at, depth + 1);
      at += (WIDTH * total(child)) / all;
    }
  };
  let x = 0;
  for (const root of roots) {
    draw(root, x, 0);
    x += (WIDTH * total(root)) / all;
  }
  const height = TOP + (deepest + 1) * ROW + 6;
  const key = (['room', 'package', 'node', 'native', 'gc'] as const)
    .map(
      (kind, i) =>
        `<text x="${WIDTH - 420 + i * 84}" y="19" fill="#444"><tspan fill="${COLOURS[kind]}">■</tspan> ${kind}</text>`,
    )
    .join('');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="monospace" font-size="11">
<rect width="${WIDTH}" height="${height}" fill="#fff"/><text x="6" y="19" font-size="13">${escaped(title)}</text>${key}
${boxes.join('\n')}
</svg>`;
}

function box(node: ProfileNode, x: number, depth: number, width: number, share: number): string {
  const { functionName, url } = node.frame;
  const name = functionName === '' ? '(anonymous)' : functionName;
  const owner = node.owner.kind === 'room' || node.owner.kind === 'package' ? `${node.owner.name}: ` : '';
  const y = TOP + depth * ROW;
  const room = Math.floor((width - 4) / CHARACTER);
  const label =
    room < 3 ? '' : `<text x="${(x + 2).toFixed(1)}" y="${y + 12}">${escaped(`${owner}${name}`.slice(0, room))}</text>`;
  const told = escaped(`${owner}${name} ${(100 * share).toFixed(2)} % ${url.split('/').slice(-2).join('/')}`);
  return `<g><title>${told}</title><rect x="${x.toFixed(1)}" y="${y}" width="${Math.max(0.3, width - 0.4).toFixed(1)}" height="${ROW - 1}" fill="${COLOURS[node.owner.kind]}"/>${label}</g>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
