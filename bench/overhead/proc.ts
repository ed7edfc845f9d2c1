// What Linux knows of a process: processor time and resident memory, from /proc.
import { readdirSync, readFileSync } from 'node:fs';

/** USER_HZ: 100 on every architecture that Linux calls common. */
const TICKS_PER_SECOND = 100;

/** User and system time of all threads, those that have ended among them, in seconds. `text`: /proc/PID/stat. */
export function parseCpuSeconds(text: string): number {
  // The second field is the program's name in brackets and may hold blanks and brackets itself.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Resident set, in MiB. `text`: /proc/PID/status. */
export function parseRssMiB(text: string): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1];
  return kib === undefined ? Number.NaN : Number(kib) / 1024;
}

/** NaN where there is no /proc or no such process. */
export function cpuSeconds(pid: number): number {
  return readProc(`/proc/${pid}/stat`, parseCpuSeconds);
}

/** The same by thread; the main thread's id is the process's. Empty where there is no /proc. */
export function cpuSecondsByThread(pid: number): ReadonlyMap<number, number> {
  try {
    const threads = readdirSync(`/proc/${pid}/task`).map(Number);
    return new Map(threads.map((thread) => [thread, readProc(`/proc/${pid}/task/${thread}/stat`, parseCpuSeconds)]));
  } catch {
    return new Map();
  }
}

export function rssMiB(pid: number): number {
  return readProc(`/proc/${pid}/status`, parseRssMiB);
}

function readProc(path: string, parse: (text: string) => number): number {
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch {
    return Number.NaN;
  }
}
