// Colours, bars and numbers of the demo's text: one way to write each.
import { styleText } from 'node:util';

export type Style = Parameters<typeof styleText>[0];
export type Paint = (style: Style, text: string) => string;

export const plain: Paint = (_style, text) => text;
export const coloured: Paint = (style, text) => styleText(style, text, { validateStream: false });

/** For pools, cheapest first. */
const PALETTE = ['green', 'yellow', 'magenta', 'cyan', 'blue'] as const;

export function poolColour(index: number): (typeof PALETTE)[number] {
  return PALETTE[index % PALETTE.length] ?? 'green';
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** Always `width` characters; what is above 0 is seen. */
export function bar(share: number, width: number): string {
  const eighths = Math.max(share > 0 ? 1 : 0, Math.round(share * width * 8));
  return ('█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '')).padEnd(width);
}

const LEVELS = '▁▂▃▄▅▆▇█';

/** One character a value, from `low` to `high`; a gap where there is none. */
export function sparkline(values: readonly (number | undefined)[], low: number, high: number): string {
  return values
    .map((value) => {
      if (value === undefined) return ' ';
      const level = Math.round(((value - low) / (high - low || 1)) * (LEVELS.length - 1));
      return LEVELS[Math.min(LEVELS.length - 1, Math.max(0, level))];
    })
    .join('');
}

export const percent = (share: number | undefined): string =>
  share === undefined ? '-' : `${Math.round(share * 100)} %`;

export const score = (value: number | undefined): string => (value === undefined ? '-' : value.toFixed(2));

/** With its sign, a true minus. */
export function signed(value: number | undefined, write: (value: number) => string = score): string {
  if (value === undefined) return '-';
  return (value < 0 ? '−' : '+') + write(Math.abs(value));
}

/** A request costs millionths of a dollar: written for a million requests, it reads like a price. */
export function perMillion(costUsd: number | undefined): string {
  if (costUsd === undefined) return '-';
  const value = costUsd * 1e6;
  return `$${value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toFixed(value >= 10 ? 1 : 2)}`;
}

export const count = (value: number): string => value.toLocaleString('en-US');

export const plural = (value: number, one: string, many: string): string =>
  `${count(value)} ${value === 1 ? one : many}`;

/** `(0.81 to 0.93)`; empty when unknown. */
export function interval(
  { low, high }: { low: number | undefined; high: number | undefined },
  write: (value: number) => string,
): string {
  return low === undefined || high === undefined ? '' : `(${write(low)} to ${write(high)})`;
}
