// A child process with its output kept, awaited line by line, and never left behind.
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export const ROOT = join(import.meta.dirname, '..', '..');
const TAIL_LINES = 40;

export interface Child {
  readonly process: ChildProcess;
  readonly exited: Promise<number | null>;
  /** The last lines of stdout and stderr, for messages. */
  tail(): string;
  /** Every line from now on, of both outputs. */
  onLine(listener: (line: string) => void): void;
  /** The first line, printed already or yet to come, of which `pick` makes something. Rejects at exit and after `timeoutMs`. */
  line<T>(pick: (line: string) => T | undefined, timeoutMs: number): Promise<T>;
}

const running = new Set<ChildProcess>();
let guarded = false;

/** Nothing that was started outlives this process, unless it is killed itself. */
function guard(): void {
  if (guarded) return;
  guarded = true;
  process.once('exit', () => {
    for (const child of running) child.kill('SIGKILL');
  });
  // `on` and not `once`: npm and tsx pass Ctrl-C on besides, and a second one without a listener would end the tidying up.
  process.on('SIGINT', () => process.exit(130));
  process.on('SIGTERM', () => process.exit(143));
}

/** Node with these arguments. */
export function startChild(args: readonly string[], env: Readonly<Record<string, string>> = {}): Child {
  return startCommand([process.execPath, ...args], env);
}

/** Any program, by path or by name. */
export function startCommand(command: readonly string[], env: Readonly<Record<string, string>> = {}): Child {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { cwd: ROOT, env: { ...process.env, ...env }, stdio: 'pipe' });
  guard();
  running.add(child);
  const lines: string[] = [];
  const listeners = new Set<(line: string) => void>();
  const see = (line: string): void => {
    lines.push(line);
    if (lines.length > TAIL_LINES) lines.shift();
    for (const listener of listeners) listener(line);
  };
  createInterface({ input: child.stdout }).on('line', see);
  createInterface({ input: child.stderr }).on('line', see);
  // 'close' and not 'exit': its last lines have been read then.
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      running.delete(child);
      resolve(code);
    });
  });
  exited.catch(() => {});
  const tail = (): string => lines.join('\n');
  return {
    process: child,
    exited,
    tail,
    onLine: (listener) => void listeners.add(listener),
    line: (pick, timeoutMs) =>
      new Promise((resolve, reject) => {
        const done = (): void => {
          listeners.delete(look);
          clearTimeout(timer);
        };
        const look = (line: string): void => {
          const found = pick(line);
          if (found === undefined) return;
          done();
          resolve(found);
        };
        const timer = setTimeout(() => {
          done();
          reject(new Error(`${command.join(' ')}: nothing heard in ${timeoutMs} ms\n${tail()}`));
        }, timeoutMs);
        listeners.add(look);
        exited.then(
          (code) => {
            done();
            reject(new Error(`${command.join(' ')}: exited with ${code}\n${tail()}`));
          },
          (error: unknown) => {
            done();
            reject(error instanceof Error ? error : new Error(String(error)));
          },
        );
        for (const line of lines.slice()) look(line);
      }),
  };
}
