// Golden tables of broken policies: every diagnostic of golden/policy/*.yaml with its place. UPDATE_GOLDEN=1 writes them anew.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compilePolicy, formatDiagnostic, type Diagnostic } from '../../src/policy/index.ts';
import { STRATEGIES } from '../../src/router/index.ts';

const DIRECTORY = join(import.meta.dirname, 'policy');
const cases = readdirSync(DIRECTORY).flatMap((file) => (file.endsWith('.yaml') ? [file.slice(0, -5)] : []));

function diagnose(name: string): { source: string; found: readonly Diagnostic[]; kind: string } {
  const source = readFileSync(join(DIRECTORY, `${name}.yaml`), 'utf8');
  const compiled = compilePolicy(
    source,
    `${name}.yaml`,
    { strategies: STRATEGIES, simProfiles: ['8b-h100', '70b-tp4-h100'] },
    name.startsWith('warn-conflict') ? 'overlaps' : 'plain',
  );
  return { source, kind: compiled.kind, found: compiled.kind === 'plan' ? compiled.warnings : compiled.diagnostics };
}

/** The source from where a diagnostic points to the end of the line. */
function pointedAt(source: string, { line, column }: Diagnostic): string {
  return (source.split('\n')[line - 1] ?? '').slice(column - 1);
}

describe('broken policies', () => {
  it.each(cases)('%s', (name) => {
    const { source, found } = diagnose(name);
    const golden = join(DIRECTORY, `${name}.golden.json`);
    const actual = found.map(({ severity, line, column, path, message, ...rest }) => ({
      severity,
      line,
      column,
      path,
      message,
      at: pointedAt(source, { severity, line, column, path, message, ...rest }).slice(0, 24),
    }));
    if (process.env['UPDATE_GOLDEN'] !== undefined) writeFileSync(golden, `${JSON.stringify(actual, null, 2)}\n`);
    expect(actual).toEqual(JSON.parse(readFileSync(golden, 'utf8')));
  });

  it.each(cases)('%s is refused, unless it only warns', (name) => {
    const { kind, found } = diagnose(name);
    expect(kind).toBe(name.startsWith('warn-') ? 'plan' : 'invalid');
    expect(found.some((d) => d.severity === 'error')).toBe(kind === 'invalid');
  });

  // The golden tables say where; this says that the place is the right one, for every message that quotes what it is about.
  it.each(cases)('%s: every place is that of the name in the message', (name) => {
    const { source, found } = diagnose(name);
    for (const diagnostic of found) {
      const quoted =
        /^(?:unknown (?:key|pool|strategy|route)|pool|a second route is named|there is no engine profile) "([^"]+)"/.exec(
          diagnostic.message,
        )?.[1] ??
        /^"([^"]+)" is (?:not a valid|also)/.exec(diagnostic.message)?.[1] ??
        /^(?:Unknown variable|No such key): ([\w.]+)/.exec(diagnostic.message)?.[1];
      if (quoted === undefined) continue;
      expect(
        pointedAt(source, diagnostic)
          .replace(/^["']/, '')
          .replace(/^sim:\/\//, ''),
        formatDiagnostic(diagnostic),
      ).toMatch(new RegExp(`^${quoted.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}\\b`));
    }
  });

  it('never shows a credential', () => {
    for (const name of cases) expect(JSON.stringify(diagnose(name).found)).not.toContain('secret');
  });
});
