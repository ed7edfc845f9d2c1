// The model card of the classifier, written from what one training run measured.
import type { DemoReport } from './demo-report.ts';
import type { Example } from './examples.ts';
import type { HeadReport } from './report.ts';

export interface CardFacts {
  readonly seed: number;
  readonly fingerprint: string;
  readonly embedder: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly heldBack: Omit<HeadReport, 'reliability'>;
  readonly test: HeadReport;
  /** Missing if the run did not find the file. */
  readonly demo: DemoReport | undefined;
}

export function writeCard(facts: CardFacts, examples: readonly Example[]): string {
  return `# Classifier: model card

Written by \`npm run train:classifier\` (seed ${facts.seed}); do not edit by hand. ${examples.length} texts.

| | |
|---|---|
| file | \`classifier.bin\`, ${facts.bytes} bytes |
| sha256 | \`${facts.sha256}\` |
| fingerprint | \`${facts.fingerprint}\` |
| embedder | \`${facts.embedder}\` |
`;
}
