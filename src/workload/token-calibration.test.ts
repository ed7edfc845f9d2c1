// Estimates of input tokens against real tokenizers: how wrong they are before and after reports, and how they follow a change.
import { countTokens as o200k } from 'gpt-tokenizer/encoding/o200k_base';
import llama from 'llama-tokenizer-js';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../base/index.ts';
import { buildWorkload } from './build-workload.ts';
import { MIXES, type Mix } from './fixtures/prompts.ts';
import { createTokenCalibration, tokenCalibrationFromStored, type TokenCalibration } from './token-calibration.ts';
import type { ChatMessage, InferenceRequest, Workload } from './types.ts';

type Count = (text: string) => number;

const gpt: Count = (text) => o200k(text);
const llama2: Count = (text) => llama.encode(text, false, false).length;

interface Sample {
  readonly workload: Workload;
  readonly reported: number;
}

const hints = { session: undefined, slo: undefined, tags: {} };

function requestOf(messages: readonly ChatMessage[]): InferenceRequest {
  const body = { model: 'auto', messages };
  return { operation: 'chat', body, bytes: Buffer.from(JSON.stringify(body)), hints };
}

/** `around`: tokens that the server adds to every request. */
function samplesOf(mix: Mix, count: Count, around: number, seed: number, amount = 300): readonly Sample[] {
  const random = seededRandom(seed);
  return Array.from({ length: amount }, () => {
    const text = mix(random);
    const workload = buildWorkload(requestOf([{ role: 'user', content: text }]), undefined);
    return { workload, reported: count(text) + around };
  });
}

function teach(calibration: TokenCalibration, samples: readonly Sample[], model = 'm'): void {
  for (const { workload, reported } of samples) calibration.observe(workload, model, reported);
}

/** Mean absolute error of a request, of what was reported. */
function errorOf(calibration: TokenCalibration, samples: readonly Sample[], model = 'm'): number {
  let sum = 0;
  for (const { workload, reported } of samples) {
    sum += Math.abs(calibration.inputTokens(workload, model) - reported) / reported;
  }
  return sum / samples.length;
}

describe('input tokens', () => {
  it('are the bare estimate while nobody has reported', () => {
    const [{ workload }] = samplesOf(MIXES.prose, gpt, 7, 1, 1) as [Sample];
    expect(createTokenCalibration().inputTokens(workload, 'm')).toBe(workload.tokens.input);
  });

  describe.each(Object.entries(MIXES))('of %s', (_name, mix) => {
    it.each<[string, Count, number]>([
      ['GPT-4o’s vocabulary', gpt, 7],
      ['Llama 2’s, behind a hidden system prompt', llama2, 150],
    ])('are within a tenth after 100 reports, under %s', (_tokenizer, count, around) => {
      const samples = samplesOf(mix, count, around, 7);
      const calibration = createTokenCalibration();
      const before = errorOf(calibration, samples.slice(100));
      teach(calibration, samples.slice(0, 100));
      const after = errorOf(calibration, samples.slice(100));
      expect(after).toBeLessThan(0.1);
      expect(after).toBeLessThan(before + 0.01);
    });
  });

  it('follow a tokenizer that changes', () => {
    const calibration = createTokenCalibration();
    teach(calibration, samplesOf(MIXES.prose, gpt, 7, 1, 500));
    const changed = samplesOf(MIXES.prose, (text) => Math.round(1.6 * gpt(text)), 7, 2);
    expect(errorOf(calibration, changed)).toBeGreaterThan(0.2);
    teach(calibration, changed.slice(0, 60));
    expect(errorOf(calibration, changed.slice(100))).toBeLessThan(0.1);
  });

  it('keep models apart, and kinds', () => {
    const calibration = createTokenCalibration();
    const large = samplesOf(MIXES.prose, gpt, 7, 1);
    const small = samplesOf(MIXES.prose, (text) => 2 * gpt(text), 7, 2);
    for (let i = 0; i < 200; i++) {
      teach(calibration, large.slice(i, i + 1), 'large');
      teach(calibration, small.slice(i, i + 1), 'small');
    }
    expect(errorOf(calibration, large.slice(200), 'large')).toBeLessThan(0.1);
    expect(errorOf(calibration, small.slice(200), 'small')).toBeLessThan(0.1);
  });

  it('of a model that is new lean on its kind, of a kind that is new on its model, else on all', () => {
    const calibration = createTokenCalibration();
    const samples = samplesOf(MIXES.prose, (text) => 2 * gpt(text), 7, 1);
    teach(calibration, samples.slice(0, 100), 'known');
    const rest = samples.slice(100);
    const agents = rest.map(({ workload, reported }) => ({
      workload: { ...workload, kind: 'agent' as const },
      reported,
    }));
    expect(errorOf(createTokenCalibration(), rest, 'new')).toBeGreaterThan(0.3);
    expect(errorOf(calibration, rest, 'new')).toBeLessThan(0.1);
    expect(errorOf(calibration, agents, 'known')).toBeLessThan(0.1);
    expect(errorOf(calibration, agents, 'new')).toBeLessThan(0.1);
  });

  it('believe the model before the kind', () => {
    const calibration = createTokenCalibration();
    const doubled = samplesOf(MIXES.prose, (text) => 2 * gpt(text), 7, 1);
    const asAgent = ({ workload, reported }: Sample): Sample => ({
      workload: { ...workload, kind: 'agent' },
      reported,
    });
    teach(calibration, doubled, 'double');
    teach(calibration, samplesOf(MIXES.prose, gpt, 7, 2).map(asAgent), 'single');
    expect(errorOf(calibration, doubled.map(asAgent), 'double')).toBeLessThan(0.15);
  });

  it('ignore reports that are no count', () => {
    const calibration = createTokenCalibration();
    const [{ workload }] = samplesOf(MIXES.prose, gpt, 7, 1, 1) as [Sample];
    for (const report of [0, -1, Number.NaN, Infinity]) calibration.observe(workload, 'm', report);
    expect(calibration.toStored().cells).toEqual([]);
  });

  it('are not thrown off by one absurd report', () => {
    const calibration = createTokenCalibration();
    const samples = samplesOf(MIXES.prose, gpt, 7, 3);
    teach(calibration, samples.slice(0, 100));
    const [{ workload }] = samples as [Sample];
    calibration.observe(workload, 'm', 50_000_000);
    expect(errorOf(calibration, samples.slice(100))).toBeLessThan(0.12);
  });

  it('of what was never seen stay within five times the estimate', () => {
    const calibration = createTokenCalibration();
    teach(calibration, samplesOf(MIXES.prose, gpt, 7, 3));
    for (const text of [
      'x'.repeat(100_000),
      '{'.repeat(100_000),
      '\u4e2d'.repeat(10_000),
      '\n'.repeat(10_000),
      '7'.repeat(9),
    ]) {
      const workload = buildWorkload(requestOf([{ role: 'user', content: text }]), undefined);
      const tokens = calibration.inputTokens(workload, 'm');
      expect(tokens).toBeGreaterThan(workload.tokens.input / 5.1);
      expect(tokens).toBeLessThan(workload.tokens.input * 5 + 50);
    }
  });

  it('of token ids are what was sent', () => {
    const body = { model: 'm', prompt: Array.from({ length: 500 }, (_, i) => i) };
    const workload = buildWorkload({ operation: 'completion', body, bytes: Buffer.alloc(0), hints }, undefined);
    const calibration = createTokenCalibration();
    for (let i = 0; i < 20; i++) calibration.observe(workload, 'm', 502);
    expect(calibration.inputTokens(workload, 'm')).toBe(502);
  });

  it('of a workload without a shape follow the ratio', () => {
    const { shape, ...bare } = (samplesOf(MIXES.prose, gpt, 7, 1, 1) as [Sample])[0].workload;
    expect(shape).toBeDefined();
    const calibration = createTokenCalibration();
    expect(calibration.inputTokens(bare, 'm')).toBe(bare.tokens.input);
    for (let i = 0; i < 50; i++) calibration.observe(bare, 'm', 3 * bare.tokens.input);
    expect(calibration.inputTokens(bare, 'm') / bare.tokens.input).toBeCloseTo(3, 1);
  });
});

describe('what is stored', () => {
  const samples = samplesOf(MIXES.mixed, gpt, 40, 5);

  it('makes the same estimates after a round trip through JSON', () => {
    const calibration = createTokenCalibration();
    teach(calibration, samples.slice(0, 150));
    const again = tokenCalibrationFromStored(JSON.parse(JSON.stringify(calibration.toStored())));
    expect(again.toStored()).toEqual(calibration.toStored());
    expect(Math.abs(errorOf(again, samples.slice(150)) - errorOf(calibration, samples.slice(150)))).toBeLessThan(0.01);
  });

  it('can be added: two that saw half each know what one knows that saw all', () => {
    const [one, other, both] = [createTokenCalibration(), createTokenCalibration(), createTokenCalibration()];
    teach(one, samples.slice(0, 100));
    teach(other, samples.slice(100, 200));
    expect(both.addStored(one.toStored())).toBe(true);
    expect(both.addStored(other.toStored())).toBe(true);
    expect(errorOf(both, samples.slice(200))).toBeLessThan(0.1);
    const swapped = createTokenCalibration();
    swapped.addStored(other.toStored());
    swapped.addStored(one.toStored());
    expect(errorOf(swapped, samples.slice(200))).toBeCloseTo(errorOf(both, samples.slice(200)), 6);
  });

  it.each<[string, (stored: ReturnType<TokenCalibration['toStored']>) => unknown]>([
    ['nothing', () => undefined],
    ['null', () => null],
    ['another version', (stored) => ({ ...stored, version: 2 })],
    ['other features', (stored) => ({ ...stored, features: [...stored.features].toReversed() })],
    ['no cells', ({ version, features }) => ({ version, features })],
    ['a cell that is none', (stored) => ({ ...stored, cells: [null] })],
    ['sums that are cut off', (stored) => ({ ...stored, cells: stored.cells.map((c) => ({ ...c, cross: [1] })) })],
    [
      'no numbers',
      (stored) => ({ ...stored, cells: stored.cells.map((c) => ({ ...c, cross: c.cross.map(() => null) })) }),
    ],
    ['a negative weight', (stored) => ({ ...stored, cells: stored.cells.map((c) => ({ ...c, weight: -1 })) })],
  ])('is refused whole when it is %s', (_name, spoil) => {
    const calibration = createTokenCalibration();
    teach(calibration, samples.slice(0, 20));
    const fresh = createTokenCalibration();
    expect(fresh.addStored(spoil(calibration.toStored()))).toBe(false);
    expect(fresh.toStored().cells).toEqual([]);
  });

  it('stays bounded, whatever models are named', () => {
    const calibration = createTokenCalibration();
    const [sample] = samples as [Sample];
    for (let i = 0; i < 3_000; i++) teach(calibration, [sample], `model-${i}`);
    expect(calibration.toStored().cells.length).toBeLessThanOrEqual(1_024);
    expect(calibration.toStored().cells.some(({ kind, model }) => kind === '' && model === '')).toBe(true);
  });
});
