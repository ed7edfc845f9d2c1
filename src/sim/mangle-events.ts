// Streams that are unusual or wrong, as changes to the text of their events.
import type { Fault } from './faults.ts';

const HUGE_BYTES = 10_000_000;

/** Makes an event of a JSON object at least `bytes` long. */
function padFirst(events: string, bytes: number): string {
  const end = events.indexOf('}\n\n');
  return end < 0 ? events : `${events.slice(0, end)},"padding":"${'x'.repeat(bytes)}"${events.slice(end)}`;
}

/** What a fault does to the events of one stream; called with whole events, in order. Undefined = nothing. */
export function eventMangler(fault: Fault | undefined): ((events: string) => string) | undefined {
  switch (fault?.kind) {
    case 'no-done':
      return (events) => events.replace('data: [DONE]\n\n', '');
    case 'tight-events':
      return (events) => events.replaceAll(/^data: /gmu, 'data:');
    case 'crlf':
      return (events) => events.replaceAll('\n', '\r\n');
    case 'comments':
      return (events) => events.replaceAll(/^data: /gmu, ': keep-alive\n\ndata: ');
    case 'huge-event': {
      const bytes = fault.value === undefined ? HUGE_BYTES : Number(fault.value);
      let first = true;
      return (events) => {
        if (!first) return events;
        first = false;
        return padFirst(events, bytes);
      };
    }
    default:
      return undefined;
  }
}
