// The command line of the overhead bench.
import { parseArgs } from 'node:util';
import { CELLS, selectCells, STREAMS } from './cells.ts';
import type { Plan } from './measure.ts';
import { EVENTS_PER_SECOND } from './pacer.ts';
import { ASKED_FOR, SUBJECTS, type Cell, type SubjectName } from './types.ts';

export const USAGE = `npm run bench:overhead -- [options]

  --quick             a look: short windows, two repeats, 2 KiB only, 200 streams; numbers are rough and no result is written
  --repeats N         interleaved repeats (default 3)
  --only LIST         cells, or parts of their names: 2k, plain, 2k-plain-64, streams
                      (${[...CELLS.map(({ id }) => id), STREAMS].join(', ')})
  --subjects LIST     of ${SUBJECTS.join(', ')} (default: all that are installed;
                      unlaned: requests that node:http and Fastify take)
  --streams N         paced SSE streams at once (default 1000)
  --profile           instead of the measurement: where the gateway's time goes at saturation, by room, and a flame graph
                      (the full way, or with --subjects fixed the fixed route; 2k-plain-64, or the first cell that --only names)
  --poll-idle         idle cores of a virtual machine look for work for a while before they halt (root only, set back afterwards)
  --out DIR           where overhead.json goes (default bench/results; with --quick, --only or --subjects: written only if given)

Exits 1 when a goal is missed, a request fails or an event is lost.`;

const STEADY_MS = 5_000;
const FULL = { repeats: 3, warmUpMs: 1_000, windowMs: 2_000, rampMs: 1_000, streams: 1_000 };
const QUICK = { repeats: 2, warmUpMs: 500, windowMs: 1_000, rampMs: 500, streams: 200 };
const QUICK_CELLS = ['2k', STREAMS];

export interface Options {
  readonly plan: Plan;
  readonly profile: boolean;
  readonly pollIdle: boolean;
  /** The cell that is profiled: the first that --only names. */
  readonly profiled: Cell;
  /** undefined: the default folder. */
  readonly out: string | undefined;
  /** Whether this is the run that documents quote. */
  readonly whole: boolean;
}

/** 'help' when that was asked for. Throws with what is wrong. `installed`: whether there is an nginx. */
export function readOptions(args: readonly string[], nginx: boolean): Options | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      repeats: { type: 'string' },
      only: { type: 'string' },
      subjects: { type: 'string' },
      streams: { type: 'string' },
      profile: { type: 'boolean', default: false },
      'poll-idle': { type: 'boolean', default: false },
      out: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const base = values.quick ? QUICK : FULL;
  const selected = selectCells(values.only === undefined ? (values.quick ? QUICK_CELLS : []) : words(values.only));
  return {
    plan: {
      repeats: whole('repeats', values.repeats, base.repeats, 1),
      subjects: subjectsOf(values.subjects, nginx),
      cells: selected.cells,
      streams: selected.streams ? whole('streams', values.streams, base.streams, 0) : 0,
      warmUpMs: base.warmUpMs,
      windowMs: base.windowMs,
      rampMs: base.rampMs,
      eventsPerStream: ((base.rampMs + STEADY_MS) / 1000) * EVENTS_PER_SECOND,
    },
    profile: values.profile,
    pollIdle: values['poll-idle'],
    profiled: (values.only === undefined ? undefined : selected.cells[0]) ?? cellOf('2k-plain-64'),
    out: values.out,
    whole: !values.quick && values.only === undefined && values.subjects === undefined,
  };
}

function cellOf(id: string): Cell {
  const cell = CELLS.find((one) => one.id === id);
  if (cell === undefined) throw new Error(`no cell "${id}"`);
  return cell;
}

function words(list: string): readonly string[] {
  return list
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

function whole(name: string, text: string | undefined, otherwise: number, least: number): number {
  const value = text === undefined ? otherwise : Number(text);
  if (Number.isInteger(value) && value >= least && value <= 10_000) return value;
  throw new Error(`--${name}: expected a whole number of at least ${least}, found "${text}"`);
}

function subjectsOf(list: string | undefined, nginx: boolean): readonly SubjectName[] {
  if (list === undefined) return SUBJECTS.filter((name) => !ASKED_FOR.has(name) && (name !== 'nginx' || nginx));
  const chosen = words(list);
  const unknown = chosen.find((word) => !SUBJECTS.some((name) => name === word));
  if (unknown !== undefined) throw new Error(`--subjects: no "${unknown}"; there are ${SUBJECTS.join(', ')}`);
  if (chosen.includes('nginx') && !nginx) throw new Error('--subjects: nginx is not installed');
  return SUBJECTS.filter((name) => chosen.includes(name));
}
