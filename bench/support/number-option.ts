// A number from the command line, or the end of the process with what was expected.

/** At least `least`, and finite. */
export function numberOption(name: string, text: string, least: number): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= least && value < Infinity) return value;
  console.error(`--${name}: expected a number of at least ${least}, found "${text}"`);
  process.exit(2);
}
