// One listener that throws is nobody else’s trouble.
import { describe, expect, it, vi } from 'vitest';
import { createEventBus, type GatewayEvent } from './events.ts';

const event: GatewayEvent = { kind: 'store-failed', detail: 'disk full' };

describe('the event bus', () => {
  it('tells every listener, in the order of subscription, at once', () => {
    const heard: string[] = [];
    const bus = createEventBus(() => undefined);
    bus.subscribe(({ kind }) => heard.push(`first ${kind}`));
    bus.subscribe(({ kind }) => heard.push(`second ${kind}`));
    bus.publish(event);
    expect(heard).toEqual(['first store-failed', 'second store-failed']);
  });

  it('isolates a listener that throws, and asks it again the next time', () => {
    const failure = new Error('listener broke');
    const onError = vi.fn();
    const broken = vi.fn(() => {
      throw failure;
    });
    const healthy = vi.fn();
    const bus = createEventBus(onError);
    bus.subscribe(broken);
    bus.subscribe(healthy);
    bus.publish(event);
    bus.publish(event);
    expect(healthy).toHaveBeenCalledTimes(2);
    expect(broken).toHaveBeenCalledTimes(2);
    expect(onError.mock.calls).toEqual([[failure], [failure]]);
  });

  it('has nothing to do without listeners', () => {
    expect(() => createEventBus(() => undefined).publish(event)).not.toThrow();
  });
});
