// Cost-quality curves: the non-decreasing upper hull, its mean over a range of costs (AIQ, RouterBench), and what it costs to reach a quality. Pure.

export interface Point {
  readonly costUsd: number;
  readonly quality: number;
}

/**
 * From the cheapest point upward, each dearer and better than the one before, none below a line between two others: what mixing two
 * settings at random reaches.
 */
export function upperHull(points: readonly Point[]): readonly Point[] {
  const hull: Point[] = [];
  for (const point of points.toSorted((a, b) => a.costUsd - b.costUsd || b.quality - a.quality)) {
    const last = hull.at(-1);
    if (last !== undefined && point.quality <= last.quality) continue;
    while (hull.length >= 2 && slope(hull.at(-2), hull.at(-1)) <= slope(hull.at(-1), point)) hull.pop();
    hull.push(point);
  }
  return hull;
}

function slope(from: Point | undefined, to: Point | undefined): number {
  if (from === undefined || to === undefined) return 0;
  return (to.quality - from.quality) / (to.costUsd - from.costUsd);
}

/** Quality of a hull at a cost; beyond its last point that point's, before its first the first's. */
export function qualityAt(hull: readonly Point[], costUsd: number): number {
  let before = hull[0];
  for (const point of hull) {
    if (point.costUsd >= costUsd) {
      if (before === undefined || point.costUsd === before.costUsd || costUsd <= before.costUsd) return point.quality;
      return before.quality + (costUsd - before.costUsd) * slope(before, point);
    }
    before = point;
  }
  return before?.quality ?? 0;
}

/** Mean quality of a hull over the costs from `low` to `high`. */
export function aiq(hull: readonly Point[], low: number, high: number): number {
  const at = [low, ...hull.map(({ costUsd }) => costUsd).filter((cost) => cost > low && cost < high), high];
  let area = 0;
  for (let i = 1; i < at.length; i++) {
    const [from = 0, to = 0] = [at[i - 1], at[i]];
    area += ((qualityAt(hull, from) + qualityAt(hull, to)) / 2) * (to - from);
  }
  return area / (high - low);
}

/** The least cost of a hull that reaches a quality; undefined: none does. */
export function costToReach(hull: readonly Point[], quality: number): number | undefined {
  let before: Point | undefined;
  for (const point of hull) {
    if (point.quality >= quality) {
      return before === undefined ? point.costUsd : before.costUsd + (quality - before.quality) / slope(before, point);
    }
    before = point;
  }
  return undefined;
}
