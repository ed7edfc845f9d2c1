// What must hold of a run, with what was found; and the lines that say so.
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

export function check(name: string, ok: boolean, detail: string): Check {
  return { name, ok, detail };
}

export function checkLine({ name, ok, detail }: Check): string {
  return `${ok ? 'PASS' : 'FAIL'}  ${name}: ${detail}`;
}
