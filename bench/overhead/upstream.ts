// The model server's stand-in: reads as little of a request as it can and answers fixed bytes, or paced events with their time.
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createPacer } from './pacer.ts';
import { eventChunk, eventsAnswer, PACED_HEAD, PLAIN_ANSWER } from './upstream-answers.ts';

const EVENTS_ANSWER = eventsAnswer(64);
const NOTHING: Buffer = Buffer.alloc(0);
const pacer = createPacer(eventChunk);

const server = createServer({ noDelay: true }, (socket) => {
  let held = NOTHING;
  let bodyLeft = 0;
  let kind = '';
  socket.on('data', (chunk) => {
    let rest = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    held = NOTHING;
    while (rest.length > 0) {
      if (bodyLeft === 0) {
        const end = rest.indexOf('\r\n\r\n');
        if (end < 0) {
          held = rest;
          return;
        }
        const head = rest.toString('latin1', 0, end);
        // Subjects send lengths: a body of unknown length would be taken for none.
        bodyLeft = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
        kind = /\r\nx-bench: *([\w-]+)/i.exec(head)?.[1] ?? '';
        rest = rest.subarray(end + 4);
      }
      const taken = Math.min(bodyLeft, rest.length);
      bodyLeft -= taken;
      rest = rest.subarray(taken);
      if (bodyLeft === 0) answer(socket, kind);
    }
  });
  // A subject that has gone is no matter of the upstream's.
  socket.on('error', () => undefined);
  socket.on('close', () => pacer.remove(socket));
});

function answer(socket: Socket, kind: string): void {
  const paced = /^paced-(\d+)$/.exec(kind)?.[1];
  if (paced !== undefined) {
    socket.write(PACED_HEAD);
    pacer.add(socket, Number(paced));
  } else socket.write(kind === 'events' ? EVENTS_ANSWER : PLAIN_ANSWER);
}

server.listen(0, '127.0.0.1', 4_096, () => {
  console.log(`on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.stdin.resume().on('end', () => process.exit(0));
