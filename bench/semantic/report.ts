// The table and the verdicts of what the strategy reaches.
import Table from 'cli-table3';
import { check, type Check } from '../support/check.ts';
import type { Estimate, SetResult } from './measure.ts';

/** Quality at costWeight 0 on the test folds. */
export const GOALS: Readonly<Record<string, number>> = { mmlu_pro: 0.72, llmrouter14: 0.675, zeroeval: 0.852 };

const four = (value: number): string => value.toFixed(4).replace(/^(-?)0\./, '$1.');
const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;
const estimate = ({ value, se }: Estimate): string => `${value < 0 ? '' : '+'}${four(value)} +-${four(se)}`;

export function table(results: readonly SetResult[]): string {
  const out = new Table({
    head: ['', ...results.map(({ name, rows, models }) => `${name} (${rows} prompts, ${models} models)`)],
    style: { head: [], border: [], compact: true },
  });
  const names = results[0]?.ways.map(({ name }) => name) ?? [];
  out.push(['quality | AIQ | cost to match best fixed', ...results.map(() => '')]);
  for (const name of names) {
    out.push([
      name,
      ...results.map(({ ways }) => {
        const way = ways.find((one) => one.name === name);
        if (way === undefined) return '';
        const reached = way.costShare === undefined ? 'never' : percent(way.costShare);
        return way.aiq === undefined ? four(way.quality) : `${four(way.quality)} | ${four(way.aiq)} | ${reached}`;
      }),
    ]);
  }
  out.push(['semantic - best fixed, quality', ...results.map(({ qualityGain }) => estimate(qualityGain))]);
  out.push(['semantic - hull of single models, AIQ', ...results.map(({ aiqGain }) => estimate(aiqGain))]);
  out.push(['calibration error of expected quality', ...results.map(({ calibrationError }) => four(calibrationError))]);
  return out.toString();
}

export function verdicts(results: readonly SetResult[]): readonly Check[] {
  return results.map(({ name, ways: [semantic] }) => {
    const goal = GOALS[name] ?? 0;
    const quality = semantic?.quality ?? 0;
    return check(`${name}: quality at costWeight 0`, quality >= goal, `${four(quality)}, goal ${four(goal)}`);
  });
}
