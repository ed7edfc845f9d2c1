// Bodies have the size of their cell to the byte, and no two are the same.
import { expect, test } from 'vitest';
import { requestsOf } from './requests.ts';

test.each([200, 2_048, 16_384])('%i bytes: valid JSON, exact, all different', (bytes) => {
  const requests = requestsOf(bytes, 'sse', 'events');
  const bodies = requests.map((request) => request.toString().split('\r\n\r\n')[1] ?? '');
  expect(new Set(bodies).size).toBe(200);
  for (const body of bodies) {
    expect(Buffer.byteLength(body)).toBe(bytes);
    expect(JSON.parse(body)).toMatchObject({ model: 'auto', stream: true });
  }
  expect(new Set(requests.map((request) => request.length)).size).toBe(1);
});
