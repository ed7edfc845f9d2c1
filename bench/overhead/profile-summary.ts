// A .cpuprofile, read: whose time it was. `self` is time in one's own code; `charged` adds the node internals and native code one called.
export interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  /** Both from 0. */
  readonly lineNumber: number;
  readonly columnNumber: number;
}

export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: CallFrame;
    readonly children?: readonly number[];
  }[];
  readonly startTime: number;
  readonly endTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export type OwnerKind = 'room' | 'package' | 'node' | 'native' | 'gc' | 'program' | 'idle';

export interface Owner {
  readonly kind: OwnerKind;
  readonly name: string;
}

export interface Share {
  readonly name: string;
  readonly kind: OwnerKind;
  /** Of the busy time: everything but idle. */
  readonly self: number;
  readonly charged: number;
}

export interface FunctionShare {
  readonly name: string;
  readonly where: string;
  readonly kind: OwnerKind;
  readonly self: number;
  /** With everything it called. */
  readonly total: number;
}

export interface ProfileSummary {
  readonly busySeconds: number;
  readonly idleShare: number;
  readonly owners: readonly Share[];
  readonly functions: readonly FunctionShare[];
}

/** A call path of the tree with the time of its own, in microseconds. */
export interface ProfileNode {
  readonly frame: CallFrame;
  readonly owner: Owner;
  readonly parent: ProfileNode | undefined;
  readonly children: ProfileNode[];
  selfUs: number;
}

const MARKS: Readonly<Record<string, Owner>> = {
  '(idle)': { kind: 'idle', name: 'idle' },
  '(garbage collector)': { kind: 'gc', name: 'garbage collection' },
  '(program)': { kind: 'program', name: 'native code outside of any function' },
  '(root)': { kind: 'program', name: 'native code outside of any function' },
};
const NODE: Owner = { kind: 'node', name: 'node internals' };
const NATIVE: Owner = { kind: 'native', name: 'native functions' };
const WASM: Owner = { kind: 'native', name: 'WebAssembly' };

export function ownerOf({ functionName, url }: CallFrame): Owner {
  const mark = MARKS[functionName];
  if (mark !== undefined && url === '') return mark;
  if (url === '') return NATIVE;
  if (url.startsWith('node:')) return NODE;
  if (url.startsWith('wasm:')) return WASM;
  // The innermost package, where one holds another.
  const name = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
  if (name !== undefined) return { kind: 'package', name };
  const room = /.*\/(?:dist|src)\/([^/]+)\//.exec(url)?.[1];
  return { kind: 'room', name: room ?? 'main' };
}

/** The tree with the times of the samples in [fromUs, toUs) of the profile's own clock (CLOCK_MONOTONIC). */
export function toTree(profile: CpuProfile, fromUs: number, toUs: number): readonly ProfileNode[] {
  const byId = new Map(profile.nodes.map((node) => [node.id, node]));
  const made = new Map<number, ProfileNode>();
  const walk = (id: number, parent: ProfileNode | undefined): void => {
    const source = byId.get(id);
    if (source === undefined) return;
    const { callFrame: frame } = source;
    const node: ProfileNode = { frame, owner: ownerOf(frame), parent, children: [], selfUs: 0 };
    made.set(id, node);
    parent?.children.push(node);
    for (const child of source.children ?? []) walk(child, node);
  };
  const isChild = new Set(profile.nodes.flatMap(({ children }) => children ?? []));
  for (const { id } of profile.nodes) if (!isChild.has(id)) walk(id, undefined);
  let at = profile.startTime;
  for (const [i, id] of profile.samples.entries()) {
    at += profile.timeDeltas[i] ?? 0;
    const node = made.get(id);
    if (node === undefined || at < fromUs || at >= toUs) continue;
    // A sample stands for the time up to the next one.
    node.selfUs += profile.timeDeltas[i + 1] ?? 0;
  }
  return [...made.values()];
}

export function summariseTree(nodes: readonly ProfileNode[]): ProfileSummary {
  const idleUs = sumOf(nodes.filter(({ owner }) => owner.kind === 'idle'));
  const busyUs = Math.max(1, sumOf(nodes) - idleUs);
  const owners = new Map<string, { name: string; kind: OwnerKind; self: number; charged: number }>();
  const functions = new Map<string, { name: string; where: string; kind: OwnerKind; self: number; total: number }>();
  const ownerShare = ({ kind, name }: Owner) => {
    const key = `${kind} ${name}`;
    const share = owners.get(key) ?? { name, kind, self: 0, charged: 0 };
    owners.set(key, share);
    return share;
  };
  for (const node of nodes) {
    if (node.owner.kind === 'idle' || node.selfUs === 0) continue;
    const share = node.selfUs / busyUs;
    ownerShare(node.owner).self += share;
    ownerShare(chargedTo(node)).charged += share;
    const seen = new Set<string>();
    for (let up: ProfileNode | undefined = node; up !== undefined; up = up.parent) {
      const key = functionKey(up);
      if (seen.has(key)) continue;
      seen.add(key);
      const { functionName, url, lineNumber } = up.frame;
      const found = functions.get(key) ?? {
        name: functionName === '' ? '(anonymous)' : functionName,
        where: placeOf(url, lineNumber),
        kind: up.owner.kind,
        self: 0,
        total: 0,
      };
      found.total += share;
      if (up === node) found.self += share;
      functions.set(key, found);
    }
  }
  return {
    busySeconds: busyUs / 1e6,
    idleShare: idleUs / (idleUs + busyUs),
    owners: [...owners.values()].toSorted((a, b) => b.charged - a.charged || b.self - a.self),
    functions: [...functions.values()].toSorted((a, b) => b.self - a.self),
  };
}

/** The nearest room or package above code that belongs to neither; that code itself where there is none. */
function chargedTo(node: ProfileNode): Owner {
  for (let up: ProfileNode | undefined = node; up !== undefined; up = up.parent) {
    if (up.owner.kind === 'room' || up.owner.kind === 'package') return up.owner;
  }
  return node.owner.kind === 'native' ? NODE : node.owner;
}

function functionKey({ frame }: ProfileNode): string {
  return `${frame.functionName} ${frame.url} ${frame.lineNumber}`;
}

function sumOf(nodes: readonly ProfileNode[]): number {
  return nodes.reduce((total, { selfUs }) => total + selfUs, 0);
}

/** Short: from the room or the package on. */
function placeOf(url: string, line: number): string {
  if (url === '') return '';
  const short = /.*\/(?:node_modules|dist|src)\/(.*)$/.exec(url)?.[1] ?? url;
  return `${short}:${line + 1}`;
}
