// The form of packed values, and how they are read again: shapes of objects are kept once for all of them, and of values that are much alike the first.

/** The first byte of what is packed. */
export const FORM = 3;

/** What a `Packer` made of the values it was given. */
export interface Packed {
  readonly bytes: Uint8Array;
  /** Every list of property names in the values, once, in the order in which they stood. */
  readonly shapes: readonly (readonly string[])[];
}

/** One byte each, then what the comment says; from SMALL_INTEGER on the byte is the number, from SHORT_TEXT on the text's length. */
export const TAG = {
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
  /** 2 bytes */
  int16: 7,
  /** its length as a varint, then a byte for each code unit */
  text8: 8,
  /** its length as a varint, then two bytes for each code unit, the lower one first */
  text16: 9,
  /** the id that the value is kept under */
  id: 10,
  /** its length as a varint, then the elements */
  array: 11,
  /** its shape's number as a varint, then the values of its properties */
  object: 12,
  /** where an object begins as a varint, then a bit for each of its properties, the first one lowest: set, where this object has another value, which follows */
  like: 13,
  /** in place of an id: where a value begins that is kept under the same one, as a varint */
  beside: 14,
} as const;
/** Its code units follow, a byte for each. */
export const SHORT_TEXT = 0x40;
export const SMALL_INTEGER = 0x80;

/** What a packer was closed with. */
export function unpackEnd(bytes: Uint8Array): { readonly end: unknown; readonly shapes: Packed['shapes'] } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const reader = createReader({ bytes, shapes: [] });
  reader.seek(view.getUint32(bytes.length - 4));
  return { end: reader.read(), shapes: reader.read() as Packed['shapes'] };
}

/** The value that begins there, without its id. */
export function unpack(packed: Packed, start: number): unknown {
  const reader = createReader(packed);
  reader.seek(start);
  return reader.readUnder(reader.read() as string);
}

/** The ids that values are kept under which begin there, in turn. */
export function* unpackIds(packed: Packed, starts: Iterable<number>): Generator<string> {
  const reader = createReader(packed);
  for (const start of starts) {
    reader.seek(start);
    yield reader.read() as string;
  }
}

function createReader({ bytes, shapes }: Packed) {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  let id: string | undefined;

  function varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = view.getUint8(at++);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }

  function text(encoding: 'latin1' | 'utf16le', length: number): string {
    return buffer.toString(encoding, at, (at += length));
  }

  function read(): unknown {
    const tag = view.getUint8(at++);
    if (tag >= SMALL_INTEGER) return tag - SMALL_INTEGER;
    if (tag >= SHORT_TEXT) return text('latin1', tag - SHORT_TEXT);
    switch (tag) {
      case TAG.undefined:
        return undefined;
      case TAG.null:
        return null;
      case TAG.false:
      case TAG.true:
        return tag === TAG.true;
      case TAG.int16:
        return view.getInt16((at += 2) - 2);
      case TAG.int32:
        return view.getInt32((at += 4) - 4);
      case TAG.float32:
        return view.getFloat32((at += 4) - 4);
      case TAG.float64:
        return view.getFloat64((at += 8) - 8);
      case TAG.text8:
        return text('latin1', varint());
      case TAG.text16:
        return text('utf16le', 2 * varint());
      case TAG.id:
        return id;
      case TAG.array:
        return Array.from({ length: varint() }, read);
      case TAG.object:
        return readObject();
      case TAG.like:
        return readLike();
      case TAG.beside:
        return readBeside();
      default:
        throw new TypeError(`unknown tag ${tag}`);
    }
  }

  function readObject(): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    for (const name of shapes[varint()] ?? []) set(object, name, read());
    return object;
  }

  function readBeside(): unknown {
    const other = varint();
    const back = at;
    // It begins with its id.
    if (buffer[other] === TAG.beside) throw new TypeError(`there is no id at ${other}`);
    at = other;
    const found = read();
    at = back;
    return found;
  }

  /** Goes on with the mask; what stays as it was is read where it was written. */
  function readLike(): unknown {
    const object: Record<string, unknown> = {};
    const { names, values, mask } = beginLike();
    let own = mask + maskBytes(names);
    let other = values;
    for (const [i, name] of names.entries()) {
      at = other;
      if (isSet(mask, i)) {
        skip();
        other = at;
        at = own;
        set(object, name, read());
        own = at;
      } else {
        set(object, name, read());
        other = at;
      }
    }
    at = own;
    return object;
  }

  function beginLike(): { readonly names: readonly string[]; readonly values: number; readonly mask: number } {
    const start = at - 1;
    const base = varint();
    const mask = at;
    // What it is like was written before: none of these goes round in circles.
    if (base >= start || buffer[base] !== TAG.object) throw new TypeError(`there is no object at ${base}`);
    at = base + 1;
    const names = shapes[varint()] ?? [];
    return { names, values: at, mask };
  }

  function isSet(mask: number, i: number): boolean {
    return (view.getUint8(mask + (i >> 3)) & (1 << (i & 7))) !== 0;
  }

  function skip(): void {
    const tag = view.getUint8(at++);
    if (tag >= SMALL_INTEGER) return;
    if (tag >= SHORT_TEXT) at += tag - SHORT_TEXT;
    else if (tag === TAG.text8 || tag === TAG.text16) {
      const length = varint();
      at += tag === TAG.text8 ? length : 2 * length;
    } else if (tag === TAG.array) for (let left = varint(); left > 0; left--) skip();
    else if (tag === TAG.object) for (let left = shapes[varint()]?.length ?? 0; left > 0; left--) skip();
    else if (tag === TAG.like) {
      const { names, mask } = beginLike();
      at = mask + maskBytes(names);
      for (const i of names.keys()) if (isSet(mask, i)) skip();
    } else at += FIXED_BYTES[tag] ?? 0;
  }

  return {
    seek: (position: number): void => {
      at = position;
    },
    read,
    readUnder: (name: string): unknown => {
      id = name;
      return read();
    },
  };
}

const maskBytes = (names: readonly string[]): number => (names.length + 7) >> 3;

/** Behind tags that are always followed by so much. */
const FIXED_BYTES: Readonly<Record<number, number>> = {
  [TAG.int16]: 2,
  [TAG.int32]: 4,
  [TAG.float32]: 4,
  [TAG.float64]: 8,
};

/** A property of this name, and no other prototype. */
function set(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(object, name, { value, ...OWN });
  else object[name] = value;
}

const OWN = { enumerable: true, configurable: true, writable: true } as const;
