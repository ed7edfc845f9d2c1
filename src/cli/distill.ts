// sluice distill: an encoder's folder and texts -> a wordpiece table of one's own, for SLUICE_TABLE.
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { SluiceError } from '../base/index.ts';
import { createProgress } from './distill-progress.ts';
import { distill, type DistillOptions, ENCODER_DTYPES, ENCODER_POOLINGS, readTexts } from '../embedding/index.ts';

interface DistillFlags extends Pick<DistillOptions, 'pooling' | 'dtype' | 'columns' | 'sentences' | 'seed'> {
  readonly model: string;
  readonly texts: string;
  readonly out: string;
  readonly cache?: string;
}

function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

async function run({ model, texts, out, cache, ...settings }: DistillFlags): Promise<void> {
  try {
    const list = readTexts(texts);
    console.error(`${list.length} texts from ${texts}`);
    const table = await distill({
      ...settings,
      model,
      texts: list,
      cacheDirectory: cache,
      onProgress: createProgress(process.stderr, () => performance.now()),
    });
    const file = resolve(out);
    writeFileSync(file, table.bytes);
    const { bytes, pieces, dimensions, pooling, agreement } = table;
    const { before, after } = agreement;
    console.log(
      `${pieces} wordpieces x ${settings.columns} columns from ${dimensions} (pooling ${pooling}), ${(bytes.length / 2 ** 20).toFixed(1)} MiB`,
    );
    console.log(
      `agreement with the encoder on ${agreement.texts} texts held back: mean cosine ${before.toFixed(3)} before the fit, ${after.toFixed(3)} after`,
    );
    console.log(`written to ${file}; serve with SLUICE_TABLE=${file}`);
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    console.error(`error: ${error.message}`);
    process.exitCode = 2;
  }
}

/** The `distill` subcommand: exit code 0, or 2 with what to do. */
export function distillCommand(): Command {
  return new Command('distill')
    .description('Make a wordpiece table from a sentence encoder: its vectors at the price of a table look-up.')
    .requiredOption(
      '--model <folder>',
      'ONNX sentence encoder with a WordPiece tokenizer, as transformers.js expects it',
    )
    .requiredOption('--texts <file>', 'texts like those that will be asked: JSON lines or one a line, .gz allowed')
    .option('--columns <n>', 'columns of the table, a multiple of 64', whole(64, 512), 128)
    .option('--out <file>', 'where the table is written', 'wordpieces.bin')
    .addOption(new Option('--pooling <kind>', "default: what the model's files say").choices(ENCODER_POOLINGS))
    .addOption(
      new Option('--dtype <type>', 'number format of the weights').choices(Object.keys(ENCODER_DTYPES)).default('q8'),
    )
    .option('--sentences <n>', 'at most so many sentences are cut out of the texts', whole(0, 1_000_000), 20_000)
    .option('--cache <dir>', "keeps the encoder's vectors, so that a stopped run goes on")
    .option('--seed <n>', 'seed of everything random', whole(0, 0xffff_ffff), 1)
    .addHelpText(
      'after',
      [
        '',
        'The texts are not kept; they say which words are frequent and what the encoder makes of them together. 10,000 or more of your own',
        'requests do best; short texts take some 5 ms each on one core, and the vocabulary a minute.',
        '',
        'Example:',
        '  sluice distill --model models/bge-small-en-v1.5 --texts prompts.jsonl.gz --out table.bin --cache .distill',
        '  SLUICE_TABLE=table.bin sluice serve --policy my.yaml',
      ].join('\n'),
    )
    .action((flags: DistillFlags) => run(flags));
}
