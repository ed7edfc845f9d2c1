// The bytes that the upstream answers.
import { markOf } from './event-mark.ts';

const CONTENT =
  'A pass-through adds a hop, a parse and a copy; what matters is how little each of them costs. Measure the added median at one connection, the processor time of a request when the gateway is full, and the tail of the delays when a thousand streams are open at once, always beside the smallest program that could do the same work.';

const PLAIN_BODY = JSON.stringify({
  id: 'chatcmpl-bench0000000000000000',
  object: 'chat.completion',
  created: 1_780_000_000,
  model: 'bench',
  choices: [{ index: 0, message: { role: 'assistant', content: CONTENT }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 412, completion_tokens: 74, total_tokens: 486 },
});

const plainHead = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(PLAIN_BODY)}\r\n\r\n`;
export const PLAIN_ANSWER = Buffer.from(plainHead + PLAIN_BODY);

export const PACED_HEAD = Buffer.from(
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n',
);

const LAST = chunkOf('data: [DONE]\n\n') + '0\r\n\r\n';

function chunkOf(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}

/** One event that says when it was meant to be sent; the last one ends the stream. */
export function eventChunk(us: number, last: boolean): Buffer {
  const event = `data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1780000000,"model":"bench",${markOf(us)},"choices":[{"index":0,"delta":{"content":" token"},"finish_reason":null}]}\n\n`;
  return Buffer.from(last ? chunkOf(event) + LAST : chunkOf(event));
}

/** A whole streamed answer in one piece, each event in its own chunk as servers send them. */
export function eventsAnswer(events: number): Buffer {
  const chunks = Array.from({ length: events }, (_, i) => eventChunk(i, i === events - 1));
  return Buffer.concat([PACED_HEAD, ...chunks]);
}
