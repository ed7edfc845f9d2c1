// Families: what prom-client would have written, byte for byte, and the limit that no flood of label values passes.
import * as fc from 'fast-check';
import { Counter, Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { counterFamily, gaugeFamily, histogramFamily, OTHER } from './family.ts';

const BOUNDS = [0.1, 0.5, 2.5];

describe('the text of a family', () => {
  it('is what prom-client writes, whatever the labels and values', async () => {
    const label = fc.oneof(fc.constantFrom('a', 'b "quoted"', 'back\\slash', 'two\nlines', ''), fc.string());
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(label, label, fc.double({ min: 0, max: 1e9, noNaN: true }))),
        async (observations) => {
          const theirs = new Registry();
          const registers = [theirs];
          const labelNames = ['x', 'y'];
          const c = new Counter({ name: 'c_total', help: 'A \\ counter\nof two lines', labelNames, registers });
          const h = new Histogram({ name: 'h', help: 'A histogram', labelNames, registers, buckets: BOUNDS });
          const ourC = counterFamily({ name: 'c_total', help: 'A \\ counter\nof two lines', labels: ['x', 'y'] });
          const ourH = histogramFamily({ name: 'h', help: 'A histogram', labels: ['x', 'y'] }, BOUNDS);
          for (const [x, y, value] of observations) {
            c.inc({ x, y }, value);
            h.observe({ x, y }, value);
            ourC.at(x, y).value += value;
            ourH.at(x, y).observe(value);
          }
          expect(sortedLines(`${ourC.text()}\n\n${ourH.text()}\n`)).toEqual(sortedLines(await theirs.metrics()));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('is the same when prom-client’s registry writes it, and when it is asked for again', async () => {
    const registry = new Registry();
    const counter = counterFamily({ name: 'c_total', help: 'c', labels: ['x'] }).register(registry);
    const histogram = histogramFamily({ name: 'h', help: 'h', labels: [] }, BOUNDS).register(registry);
    counter.at('a').value += 2;
    histogram.at().observe(0.3);
    const text = (): string => `${counter.text()}\n\n${histogram.text()}\n`;
    expect(await registry.metrics()).toBe(text());
    counter.at('a').value += 1;
    expect(await registry.metrics()).toBe(text());
    expect(text()).toContain('c_total{x="a"} 3');
  });

  it('shows a metric without labels before anything has happened', () => {
    expect(counterFamily({ name: 'c_total', help: 'c', labels: [] }).text()).toContain('\nc_total 0');
    expect(histogramFamily({ name: 'h', help: 'h', labels: [] }, BOUNDS).text()).toContain('\nh_count 0');
  });

  it('puts a value that equals a bound under it, and does not count what is no number', () => {
    const family = histogramFamily({ name: 'h', help: 'h', labels: [] }, BOUNDS);
    for (const value of [0.1, 0.5, 2.5, 2.6, NaN, Infinity]) family.at().observe(value);
    expect(family.snapshot().series).toEqual([{ labels: [], numbers: [1, 1, 1, 1, 5.7] }]);
  });
});

describe('the limit of series', () => {
  const flooded = () => {
    const family = counterFamily({
      name: 'c_total',
      help: 'c',
      labels: ['pool', 'result'],
      closed: ['result'],
      limit: 3,
    });
    for (let i = 0; i < 1_000; i++) family.at(`pool-${i}`, i % 2 === 0 ? 'good' : 'bad').value++;
    return family;
  };

  it('sends what comes later to "other", keeps the labels that code enumerates, and loses no count', () => {
    const { series } = flooded().snapshot();
    expect(series.map(({ labels }) => labels.join(' '))).toEqual([
      'pool-0 good',
      'pool-1 bad',
      'pool-2 good',
      `${OTHER} bad`,
      `${OTHER} good`,
    ]);
    expect(series.reduce((all, { numbers }) => all + (numbers[0] ?? 0), 0)).toBe(1_000);
  });

  it('still counts in the series that were there before', () => {
    const family = flooded();
    family.at('pool-1', 'bad').value += 10;
    expect(family.text()).toContain('c_total{pool="pool-1",result="bad"} 11');
  });

  it('holds for a gauge from scrape to scrape', () => {
    const family = gaugeFamily({ name: 'g', help: 'g', labels: ['pool'], limit: 2 }, (gauge) => {
      gauge.reset();
      for (const pool of ['a', 'b', 'c', 'd']) gauge.at(pool).value += 1;
    });
    for (let i = 0; i < 2; i++) expect(family.snapshot().series.map(({ numbers }) => numbers)).toEqual([[1], [1], [2]]);
  });
});

function sortedLines(text: string): string[] {
  return text.split('\n').toSorted();
}
