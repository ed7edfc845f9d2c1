// Where the pooling of a model is found, and what decides when several places say something.
import { expect, it } from 'vitest';
import { poolingOf } from './pooling.ts';

const nothing = { said: undefined, poolingConfig: {}, readme: '', names: ['some-encoder'] };
const cls = { pooling_mode_cls_token: true, pooling_mode_mean_tokens: false };
const example = "const output = await extractor(texts, { pooling: 'last_token', normalize: true });";

it.each([
  ['nothing said: mean', {}, 'mean'],
  ['the configuration', { poolingConfig: cls }, 'cls'],
  ['the configuration, before the README', { poolingConfig: cls, readme: example }, 'cls'],
  ['the last piece', { poolingConfig: { pooling_mode_lasttoken: true } }, 'last_token'],
  ['the README’s example', { readme: example }, 'last_token'],
  ['the README, before the family', { readme: "pooling: 'mean'", names: ['bge-small-en-v1.5'] }, 'mean'],
  ['a README’s example of something else', { readme: "pooling: 'none'" }, 'mean'],
  ['the family, by its folder', { names: ['undefined', 'bge-small-en-v1.5'] }, 'cls'],
  ['the family, by its configuration', { names: ['BAAI/bge-small-en-v1.5', 'encoder'] }, 'cls'],
  ['no family by half a name', { names: ['fridge-sensors'] }, 'mean'],
  ['the operator, before all', { said: 'mean', poolingConfig: cls, names: ['bge-small'] } as const, 'mean'],
])('%s', (_, hints, pooling) => {
  expect(poolingOf({ ...nothing, ...hints })).toEqual({ kind: 'pooling', pooling });
});

it.each([
  ['another mode', { pooling_mode_max_tokens: true }, /pooling_mode_max_tokens/],
  ['two modes', { pooling_mode_cls_token: true, pooling_mode_mean_tokens: true }, /cls_token and .*mean_tokens/],
])('does not make do with less: %s', (_, poolingConfig, why) => {
  expect(poolingOf({ ...nothing, poolingConfig })).toMatchObject({ kind: 'unsupported' });
  expect(JSON.stringify(poolingOf({ ...nothing, poolingConfig }))).toMatch(why);
  expect(poolingOf({ ...nothing, poolingConfig, said: 'cls' })).toEqual({ kind: 'pooling', pooling: 'cls' });
});
