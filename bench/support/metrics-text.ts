// Reads numbers out of a Prometheus text page, as a scraper would. Pure.
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface MetricsPage {
  readonly samples: readonly Sample[];
  /** Sum over all series of that name that have these labels; 0 when there is none. */
  sum(name: string, labels?: Readonly<Record<string, string>>): number;
  /** NaN when there is none. */
  highest(name: string, labels?: Readonly<Record<string, string>>): number;
}

const LINE = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"/g;

export function parseMetrics(text: string): MetricsPage {
  const samples: Sample[] = [];
  for (const line of text.split('\n')) {
    const [, name, labelled = '', number = ''] = LINE.exec(line) ?? [];
    if (name === undefined) continue;
    const labels: Record<string, string> = {};
    for (const [, key = '', value = ''] of labelled.matchAll(LABEL)) labels[key] = unescape(value);
    samples.push({ name, labels, value: Number(number) });
  }
  const matching = (name: string, labels: Readonly<Record<string, string>>): readonly number[] =>
    samples
      .filter((one) => one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value))
      .map(({ value }) => value);
  return {
    samples,
    sum: (name, labels = {}) => matching(name, labels).reduce((total, value) => total + value, 0),
    highest: (name, labels = {}) => {
      const values = matching(name, labels);
      return values.length === 0 ? Number.NaN : Math.max(...values);
    },
  };
}

function unescape(value: string): string {
  return value.replaceAll(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
}
