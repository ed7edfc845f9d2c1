// Plain values to compact bytes and back: strings and the shapes of objects are kept once for all values that are packed together.

/** What `createPacker` made of the values it was given. */
export interface Packed {
  /** Every string in the values, once. */
  readonly strings: readonly string[];
  /** Every list of property names in the values, once, in the order in which they stood. */
  readonly shapes: readonly (readonly string[])[];
  readonly bytes: Uint8Array;
}

export interface Packer {
  /**
   * Adds a value (objects, arrays, numbers, strings, booleans, null, undefined) and returns where it begins. Throws TypeError for any other kind
   * of value; nothing of it is kept then.
   */
  add(value: unknown): number;
  /** The number of a string among `strings`. */
  intern(text: string): number;
  finish(): Packed;
}

/** One byte each, then what the comment says; from SMALL_INTEGER on the byte is the number, from SHORT_STRING on the string's number. */
const TAG = {
  undefined: 0,
  null: 1,
  false: 2,
  true: 3,
  /** 8 bytes */
  float64: 4,
  /** 4 bytes */
  float32: 5,
  /** 4 bytes */
  int32: 6,
  /** its number as a varint */
  string: 7,
  /** its length as a varint, then the elements */
  array: 8,
  /** its shape's number as a varint, then the values of its properties */
  object: 9,
} as const;
const SHORT_STRING = 0x40;
const SMALL_INTEGER = 0x80;
const FIRST_BYTES = 16 * 1024;
/** More than the longest tag with its content. */
const LONGEST_PIECE = 16;

/** A step on the way to a shape: property names in order lead from node to node. */
interface ShapeNode {
  /** Of the shape that ends here, or -1. */
  shape: number;
  readonly names: readonly string[];
  readonly next: Map<string, ShapeNode>;
  /** The step that was taken last is most often the next one too. */
  lastName: string | undefined;
  lastNode: ShapeNode | undefined;
}

export function createPacker(): Packer {
  const strings: string[] = [];
  const numbers = new Map<string, number>();
  const shapes: (readonly string[])[] = [];
  const root = node([]);
  let buffer = new Uint8Array(FIRST_BYTES);
  let view = new DataView(buffer.buffer);
  let at = 0;

  function reserve(): void {
    if (at + LONGEST_PIECE <= buffer.length) return;
    const grown = new Uint8Array(buffer.length * 2);
    grown.set(buffer);
    buffer = grown;
    view = new DataView(grown.buffer);
  }

  function intern(text: string): number {
    let number = numbers.get(text);
    if (number === undefined) {
      number = strings.push(text) - 1;
      numbers.set(text, number);
    }
    return number;
  }

  function varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      buffer[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    buffer[at++] = rest;
  }

  function write(value: unknown): void {
    reserve();
    switch (typeof value) {
      case 'string': {
        const number = intern(value);
        if (number < SMALL_INTEGER - SHORT_STRING) buffer[at++] = SHORT_STRING + number;
        else {
          buffer[at++] = TAG.string;
          varint(number);
        }
        return;
      }
      case 'number':
        return writeNumber(value);
      case 'boolean':
        buffer[at++] = value ? TAG.true : TAG.false;
        return;
      case 'undefined':
        buffer[at++] = TAG.undefined;
        return;
      case 'object':
        if (value === null) buffer[at++] = TAG.null;
        else if (Array.isArray(value)) {
          buffer[at++] = TAG.array;
          varint(value.length);
          for (let i = 0; i < value.length; i++) write(value[i]);
        } else writeObject(value as Readonly<Record<string, unknown>>);
        return;
      default:
        throw new TypeError(`it holds a value of type ${typeof value}`);
    }
  }

  function writeNumber(value: number): void {
    if ((value | 0) === value && !Object.is(value, -0)) {
      if (value >= 0 && value < 0x80) {
        buffer[at++] = SMALL_INTEGER + value;
        return;
      }
      buffer[at] = TAG.int32;
      view.setInt32(at + 1, value);
      at += 5;
    } else if (Math.fround(value) === value) {
      buffer[at] = TAG.float32;
      view.setFloat32(at + 1, value);
      at += 5;
    } else {
      buffer[at] = TAG.float64;
      view.setFloat64(at + 1, value);
      at += 9;
    }
  }

  function writeObject(value: Readonly<Record<string, unknown>>): void {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      throw new TypeError(`it holds an ${Object.prototype.toString.call(value).slice(1, -1)}`);
    }
    let place = root;
    // for-in and not Object.keys: no array is made, and V8 reads the properties by their position.
    for (const name in value) place = place.lastName === name && place.lastNode ? place.lastNode : step(place, name);
    if (place.shape < 0) place.shape = shapes.push(place.names) - 1;
    buffer[at++] = TAG.object;
    varint(place.shape);
    for (const name in value) write(value[name]);
  }

  return {
    intern,
    add: (value) => {
      const start = at;
      try {
        write(value);
      } catch (error) {
        at = start;
        throw error;
      }
      return start;
    },
    finish: () => ({ strings, shapes, bytes: buffer.subarray(0, at) }),
  };
}

function node(names: readonly string[]): ShapeNode {
  return { shape: -1, names, next: new Map(), lastName: undefined, lastNode: undefined };
}

function step(from: ShapeNode, name: string): ShapeNode {
  let found = from.next.get(name);
  if (found === undefined) {
    found = node([...from.names, name]);
    from.next.set(name, found);
  }
  from.lastName = name;
  from.lastNode = found;
  return found;
}

/** The value that begins at `start`. */
export function unpack({ strings, shapes, bytes }: Packed, start: number): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = start;

  function varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = view.getUint8(at++);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }

  function read(): unknown {
    const tag = view.getUint8(at++);
    if (tag >= SMALL_INTEGER) return tag - SMALL_INTEGER;
    if (tag >= SHORT_STRING) return strings[tag - SHORT_STRING];
    switch (tag) {
      case TAG.undefined:
        return undefined;
      case TAG.null:
        return null;
      case TAG.false:
      case TAG.true:
        return tag === TAG.true;
      case TAG.int32:
        return view.getInt32((at += 4) - 4);
      case TAG.float32:
        return view.getFloat32((at += 4) - 4);
      case TAG.float64:
        return view.getFloat64((at += 8) - 8);
      case TAG.string:
        return strings[varint()];
      case TAG.array:
        return Array.from({ length: varint() }, read);
      case TAG.object:
        return readObject(shapes[varint()] ?? []);
      default:
        throw new TypeError(`unknown tag ${tag}`);
    }
  }

  function readObject(names: readonly string[]): unknown {
    const object: Record<string, unknown> = {};
    for (const name of names) {
      // A property of this name, and no other prototype.
      if (name === '__proto__') Object.defineProperty(object, name, { value: read(), ...OWN });
      else object[name] = read();
    }
    return object;
  }

  return read();
}

const OWN = { enumerable: true, configurable: true, writable: true } as const;
