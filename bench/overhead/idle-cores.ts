// What an idle core does in a virtual machine. One that halts at once costs whoever wakes it (a write to a process there) some microseconds, and the slower the subject, the
// more often its peer's core has halted: all subjects make the same writes, and the slower ones pay more for each.
import { readFileSync, writeFileSync } from 'node:fs';

const POLL_NS = '/sys/module/haltpoll/parameters/guest_halt_poll_ns';
const DRIVER = '/sys/devices/system/cpu/cpuidle/current_driver';
const LONG_ENOUGH_NS = 200_000;

export interface IdleCores {
  readonly note: string;
  /** As it was before. */
  restore(): void;
}

/** `poll`: idle cores are to look for work for a while before they halt, which only root may say. Throws where that cannot be had. */
export function setIdleCores(poll: boolean): IdleCores {
  const before = read(POLL_NS);
  const virtual = read(DRIVER) === 'haltpoll' && before !== undefined;
  if (!poll) {
    const note = !virtual
      ? 'as the system has them'
      : before === '0'
        ? 'halt at once, at the cost of who wakes them: --poll-idle measures without that'
        : `look for work for ${Number(before) / 1_000} us before they halt`;
    return { note, restore: () => undefined };
  }
  if (!virtual) throw new Error('--poll-idle: idle cores of this machine are not halted by the haltpoll driver');
  writeFileSync(POLL_NS, String(LONG_ENOUGH_NS));
  return {
    note: `look for work for ${LONG_ENOUGH_NS / 1_000} us before they halt (--poll-idle)`,
    restore: () => writeFileSync(POLL_NS, before),
  };
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}
