// matches() in conditions: RE2's syntax, linear in the text, wrong expressions told where they stand.
import { expect, it } from 'vitest';
import { compileCondition } from '../conditions.ts';

function holds(source: string, model: string): unknown {
  const compiled = compileCondition(source);
  if (compiled.kind === 'invalid') throw new Error(compiled.message);
  return compiled.test({ model });
}

it.each([
  ['model.matches("^gpt-[45]")', 'gpt-4o', true],
  ['model.matches("^gpt-[45]")', 'my-gpt-4o', false],
  ['model.matches("(?i)TURBO$")', 'gpt-turbo', true],
  ['model . matches ( "o" ) && !model.matches("x")', 'gpt-4o', true],
  ['"matches".matches(\'^m\') && model.matches("^$")', '', true],
])('%s of "%s" is %s', (source, model, expected) => {
  expect(holds(source, model)).toBe(expected);
});

it('ends soon whatever the text', () => {
  expect(holds('model.matches("^(a+)+$")', `${'a'.repeat(5_000)}!`)).toBe(false);
});

it.each([
  ['model.matches("gpt-(")', /^not a regular expression of RE2: missing closing \)/, 15],
  ['model.matches(model)', /^matches\(\) takes a regular expression in quotes/, 14],
  ['model.matches("(a{1000}){1000}")', /^not a regular expression of RE2|^too large/, 15],
])('%s is refused', (source, message, at) => {
  const compiled = compileCondition(source);
  expect(compiled).toMatchObject({ kind: 'invalid', message: expect.stringMatching(message) as string });
  expect(compiled.kind === 'invalid' && Math.abs(compiled.at - at) <= 5).toBe(true);
});
