// The port of workers that the system chooses: one for all, and the same one when all have died.
import { expect, it } from 'vitest';
import { createSharedPort } from './shared-port.ts';

it.each([80, 8080])('is the configured one for each, whatever happens: %i', (configured) => {
  const port = createSharedPort(configured);
  expect(port.forNext([])).toBe(configured);
  expect(port.isOurs(`http://127.0.0.1:${configured}`)).toBe(true);
  expect([port.forNext([configured]), port.forNext([])]).toEqual([configured, configured]);
});

it('that the system chooses is shared while one of those that share it lives, and asked for by number after that', () => {
  const port = createSharedPort(0);
  expect(port.forNext([])).toBe(0);
  expect(port.isOurs('http://127.0.0.1:40123')).toBe(true);
  expect([port.forNext([0, undefined]), port.isOurs('http://127.0.0.1:40123')]).toEqual([0, true]);
  expect(port.forNext([undefined])).toBe(40123);
  // By number for the others too, from then on.
  expect(port.forNext([40123, undefined])).toBe(40123);
});

it('chosen anew behind the back of one that was starting is not ours', () => {
  const port = createSharedPort(0);
  expect(port.isOurs('http://127.0.0.1:40123')).toBe(true);
  expect(port.isOurs('http://127.0.0.1:40999')).toBe(false);
  expect(port.isOurs('http://127.0.0.1:40123')).toBe(true);
});

it('that nobody has been given yet is asked of the system again', () => {
  const port = createSharedPort(0);
  expect([port.forNext([]), port.forNext([undefined])]).toEqual([0, 0]);
});
