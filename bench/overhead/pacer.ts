// Sends every stream an event each 50 ms: streams that are due in the same millisecond share one timer turn and one buffer.
import type { Socket } from 'node:net';
import { nowUs } from './event-mark.ts';

export const EVENTS_PER_SECOND = 20;
const SLOT_US = 1_000;
const SLOTS = 1_000_000 / EVENTS_PER_SECOND / SLOT_US;

export interface Pacer {
  /** `events` events from the next millisecond on. */
  add(socket: Socket, events: number): void;
  remove(socket: Socket): void;
}

/** `chunkOf`: the bytes of an event that was due at `us`, and of the stream's last. */
export function createPacer(chunkOf: (us: number, last: boolean) => Buffer): Pacer {
  const slots = Array.from({ length: SLOTS }, () => new Map<Socket, number>());
  const slotOf = new Map<Socket, Map<Socket, number>>();
  let next = 0;
  let timer: NodeJS.Timeout | undefined;

  function turn(): void {
    // Slots that the timer came too late for are caught up: their events are late, and say so.
    for (const until = Math.floor(nowUs() / SLOT_US); next <= until; next++) send(next);
    timer = slotOf.size > 0 ? setTimeout(turn, 1) : undefined;
  }

  function send(slot: number): void {
    const due = slots[slot % SLOTS];
    if (due === undefined || due.size === 0) return;
    const chunk = chunkOf(slot * SLOT_US, false);
    const last = chunkOf(slot * SLOT_US, true);
    for (const [socket, left] of due) {
      socket.write(left > 1 ? chunk : last);
      if (left > 1) due.set(socket, left - 1);
      else remove(socket);
    }
  }

  function remove(socket: Socket): void {
    slotOf.get(socket)?.delete(socket);
    slotOf.delete(socket);
  }

  return {
    add: (socket, events) => {
      const first = Math.floor(nowUs() / SLOT_US) + 1;
      if (timer === undefined) {
        next = first;
        timer = setTimeout(turn, 1);
      }
      const slot = slots[first % SLOTS];
      if (slot === undefined) return;
      slot.set(socket, events);
      slotOf.set(socket, slot);
    },
    remove,
  };
}
