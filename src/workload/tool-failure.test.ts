// Results of tools: which ones say that the tool failed.
import { anything, assert, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quickestMs } from '../base/fixtures/quickest.ts';
import { isToolFailure } from './tool-failure.ts';
import type { ChatMessage } from './types.ts';

const failed = (content: unknown): boolean => isToolFailure({ role: 'tool', content } as ChatMessage);

describe('a tool’s result', () => {
  it.each([
    'Error: file not found',
    '  \n Error: indented',
    'ERROR: relation "users" does not exist',
    'error[E0308]: mismatched types',
    'TypeError: x is not a function',
    'Uncaught ReferenceError: y is not defined',
    'java.lang.NullPointerException: Cannot invoke "String.length()"',
    'Exception: no more rows',
    'Error executing tool read_file: denied',
    'Traceback (most recent call last):\n  File "a.py", line 1',
    'Exception in thread "main" java.lang.IllegalStateException',
    'fatal: not a git repository',
    'panic: runtime error: index out of range',
    'bash: foo: command not found',
    '/bin/bash: line 1: foo: command not found',
    'sh: 1: foo: not found',
    'zsh: command not found: foo',
    'foo: command not found',
    'cat: /etc/shadow: Permission denied',
    'ls: /nowhere: No such file or directory',
    "'foo' is not recognized as an internal or external command,",
    'npm ERR! code E404',
    'Command failed with exit code 2',
    'Exit code 1\nassertion failed',
    'Process exited with code 137',
    '<tool_use_error>String to replace not found</tool_use_error>',
    '{"error": "timeout"}',
    '{"error": {"code": 404}}',
    '{"error": true, "data": null}',
    '{"data": {"rows": []}, "error": "denied"}',
    '{ "success": false }',
    '{"ok":false,"reason":"x"}',
    '{"status" : "error", "message": "x"}',
    '{"isError": true, "content": []}',
    `{"error": "${'x'.repeat(5_000)}"}`,
    '{"note": "a \\"quoted\\" brace }", "success": false}',
    [{ type: 'text', text: 'Error: in parts' }],
    [{ type: 'tool_result', is_error: true, text: 'it broke' }],
  ])('failed: %j', (content) => {
    expect(failed(content)).toBe(true);
  });

  it('failed when the message itself says so', () => {
    expect(isToolFailure({ role: 'tool', content: '42', is_error: true })).toBe(true);
    expect(isToolFailure({ role: 'tool', content: '42', is_error: false })).toBe(false);
  });

  it.each([
    '',
    '42',
    'Errors: 0',
    'Error: none',
    'error: null',
    'Error: no\nRows: 12',
    'error: 0, warnings: 2',
    '0 errors, 2 warnings',
    'Error handling in Go is explicit.',
    'Error rate: 2 %',
    'Exception handling: a guide',
    'ErrorHandler: handles errors',
    'last_error: timeout\nlast_success: today',
    'The log says "Error: disk full" twice.',
    'src/a.ts:12: Error: in a search result',
    'Exit code 0',
    'exit status: 0',
    'Tracebacks are printed by Python.',
    'not found: 0 of 12',
    'fatal accidents by year',
    '{"error": null, "data": 1}',
    '{"error": "", "data": 1}',
    '{"error": false}',
    '{"error": 0}',
    '{"error": []}',
    '{"error": {}}',
    '{"error": "none"}',
    '{"errors": ["plural is another key"]}',
    '{"success": true}',
    '{"success": "false alarm"}',
    '{"status": "ok"}',
    '{"status": "errored items: none"}',
    '{"data": {"error": "of a row, not of the tool"}}',
    '{"rows": [{"success": false}]}',
    '{"text": "\\"error\\": \\"x\\""}',
    '{"text": "error"}',
    '{"text": "{", "list": ["error", "success"]}',
    '{} {"error": "after the object"}',
    '{"error"',
    '[{"error": "of one of many"}]',
    `${'x'.repeat(2_000)}\nError: far down`,
    null,
    [],
    [null, { type: 'image_url' }],
  ])('did not fail: %j', (content) => {
    expect(failed(content)).toBe(false);
  });

  it('is told of any content, without an error', () => {
    assert(
      property(string({ unit: 'binary', maxLength: 100 }), (text) => typeof failed(`{"error${text}`) === 'boolean'),
    );
    assert(
      property(anything(), (content) => typeof failed([content]) === 'boolean'),
      { numRuns: 50 },
    );
  });

  it.each([
    ['{', '{'.repeat(5_000_000)],
    ['"', `{${'"'.repeat(5_000_000)}`],
    ['\\', `{"error${'\\'.repeat(5_000_000)}`],
    ['space', `${' '.repeat(5_000_000)}Error: x`],
    ['word', 'E'.repeat(5_000_000)],
    ['dots', 'a.'.repeat(2_500_000)],
    ['path', `${'a/'.repeat(2_500_000)}: `],
  ])('costs little, whatever it is made of: %s', (_name, text) => {
    expect(quickestMs(() => void failed(text), 20)).toBeLessThan(20);
  });
});
