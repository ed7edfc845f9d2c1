// How well input tokens are estimated: before and after 10 to 300 reports, beside bytes / 4, under three real tokenizers and eleven mixes of requests.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { seededRandom } from '../src/base/index.ts';
import { buildWorkload, createTokenCalibration, type InferenceRequest, type Workload } from '../src/workload/index.ts';
import { loadCorpora, type Corpus, type Part } from './tokens/corpora.ts';
import { errorsOf, type Errors } from './tokens/errors.ts';
import { fitTokensPer } from './tokens/fit.ts';
import { reportedTokens, UPSTREAMS, type Upstream } from './tokens/tokenizers.ts';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string', default: '../shared/data' },
    /** On which folds; anything chosen must be chosen on `fit`. */
    part: { type: 'string', default: 'report' },
    /** Prints the tokens per feature that fit the fitting folds best, and nothing else. */
    fit: { type: 'boolean', default: false },
  },
});

const REPORTS = [0, 10, 30, 100, 300] as const;
const JUDGED = 300;
const SHUFFLES = 5;

interface Sample {
  readonly workload: Workload;
  readonly reported: number;
  /** The estimate that knows nothing but lengths: bytes / 4 and 4 a message. */
  readonly bytes: number;
}

interface Row {
  readonly corpus: string;
  readonly tokenizer: string;
  readonly requests: number;
  readonly bytes: Errors;
  /** The same times the ratio of all reports so far: what a single number can do, after 100 reports. */
  readonly bytesAndRatio: Errors;
  /** By the number of reports heard before; absent where the corpus is too small. */
  readonly calibrated: Readonly<Record<number, Errors>>;
}

const corpora = loadCorpora(options.data, (options.fit ? 'fit' : options.part) as Part);
if (options.fit) {
  console.log(
    fitTokensPer(
      corpora,
      UPSTREAMS.filter(({ name }) => name !== 'llama2'),
    ),
  );
} else {
  const rows = corpora.flatMap((corpus) => UPSTREAMS.map((upstream) => measure(corpus, upstream)));
  console.log('mean absolute error of a request, percent; then median, p90 and total after 100 reports');
  console.table(rows.map(lineOf));
  if (options.part === 'report') {
    const results = join(import.meta.dirname, 'results');
    mkdirSync(results, { recursive: true });
    const about = { unit: 'percent', folds: '7-9', judged: JUDGED, shuffles: SHUFFLES };
    writeFileSync(join(results, 'tokens.json'), `${JSON.stringify({ ...about, rows }, null, 2)}\n`);
  }
}

function measure({ name, requests }: Corpus, upstream: Upstream): Row {
  const most = requests.slice(0, 1_500).map((request) => sampleOf(request, upstream));
  const calibrated: Record<number, Errors> = {};
  const orders = Array.from({ length: SHUFFLES }, (_, seed) => shuffle(most, seed));
  for (const heard of REPORTS) {
    if (most.length < heard + 100) continue;
    calibrated[heard] = errorsOf(orders.flatMap((samples) => afterHearing(samples, heard)));
  }
  return {
    corpus: name,
    tokenizer: upstream.name,
    requests: most.length,
    bytes: errorsOf(most.map(({ bytes, reported }) => ({ estimate: bytes, reported }))),
    bytesAndRatio: errorsOf(orders.flatMap(byRatio)),
    calibrated,
  };
}

function sampleOf(request: InferenceRequest, upstream: Upstream): Sample {
  const workload = buildWorkload(request, undefined);
  return { workload, reported: reportedTokens(upstream, request), bytes: bytesOverFour(request) };
}

function bytesOverFour({ operation, body }: InferenceRequest): number {
  if (operation !== 'chat') {
    const prompt = operation === 'completion' ? body.prompt : body.input;
    const texts = typeof prompt === 'string' ? [prompt] : prompt;
    return Math.ceil(texts.reduce<number>((sum, text) => sum + Buffer.byteLength(String(text)), 0) / 4);
  }
  let bytes = Array.isArray(body.tools) ? Buffer.byteLength(JSON.stringify(body.tools)) : 0;
  for (const { content, tool_calls: calls } of body.messages) {
    bytes += typeof content === 'string' ? Buffer.byteLength(content) : 0;
    bytes += Array.isArray(calls) ? Buffer.byteLength(JSON.stringify(calls)) : 0;
  }
  return Math.ceil(bytes / 4) + 4 * body.messages.length;
}

/** The requests that follow `heard` reports, with nothing heard of them. */
function afterHearing(samples: readonly Sample[], heard: number): { estimate: number; reported: number }[] {
  const calibration = createTokenCalibration();
  for (const { workload, reported } of samples.slice(0, heard)) calibration.observe(workload, 'model', reported);
  return samples.slice(heard, heard + JUDGED).map(({ workload, reported }) => ({
    estimate: calibration.inputTokens(workload, 'model'),
    reported,
  }));
}

function byRatio(samples: readonly Sample[]): { estimate: number; reported: number }[] {
  let bytes = 0;
  let reported = 0;
  for (const sample of samples.slice(0, 100)) {
    bytes += sample.bytes;
    reported += sample.reported;
  }
  const ratio = reported / bytes;
  return samples
    .slice(100, 100 + JUDGED)
    .map((sample) => ({ estimate: ratio * sample.bytes, reported: sample.reported }));
}

function shuffle(samples: readonly Sample[], seed: number): readonly Sample[] {
  const random = seededRandom(seed);
  return samples
    .map((sample) => ({ sample, at: random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ sample }) => sample);
}

function lineOf({
  corpus,
  tokenizer,
  bytes,
  bytesAndRatio,
  calibrated,
}: Row): Readonly<Record<string, string | number>> {
  const after = calibrated[100];
  return {
    corpus,
    tokenizer,
    'bytes/4': bytes.mean,
    'x ratio': bytesAndRatio.mean,
    ...Object.fromEntries(REPORTS.map((heard) => [`after ${heard}`, calibrated[heard]?.mean ?? '-'])),
    median: after?.median ?? '-',
    p90: after?.p90 ?? '-',
    total: after?.total ?? '-',
  };
}
