// What is written in one turn of the event loop goes out at its end, socket after socket: whoever reads at the other ends is woken once for
// many writes, and each wake-up is the writer's to pay (several microseconds where idle cores of a virtual machine halt).
import type { Socket } from 'node:net';

/** So many sockets are enough to share a wake-up; more would let the first wait. */
const MOST_HELD = 32;

let held: Socket[] = [];
let due = false;

/** More than that in one string would be copied once too often. */
const ONE_PIECE_BYTES = 16 * 1024;

/** Text is Latin-1. False: the socket is full, wait for drain. Ending it lets go of what is held. */
export function writeHeld(socket: Socket, before: string, bytes?: Buffer): boolean {
  hold(socket);
  if (bytes === undefined) return socket.write(before, 'latin1');
  if (before === '') return socket.write(bytes);
  // Latin-1 is the bytes as they are: one string costs less than a write of two pieces.
  if (bytes.length <= ONE_PIECE_BYTES) return socket.write(before + bytes.toString('latin1'), 'latin1');
  socket.write(before, 'latin1');
  return socket.write(bytes);
}

function hold(socket: Socket): void {
  if (socket.writableCorked > 0) return;
  socket.cork();
  held.push(socket);
  if (held.length >= MOST_HELD) return release();
  if (due) return;
  due = true;
  setImmediate(() => {
    due = false;
    release();
  });
}

/** What is held of this socket goes out now: it is somebody else's from here on. */
export function releaseWrites(socket: Socket): void {
  const at = held.indexOf(socket);
  if (at < 0) return;
  held.splice(at, 1);
  socket.uncork();
}

function release(): void {
  const sockets = held;
  held = [];
  for (const socket of sockets) socket.uncork();
}
