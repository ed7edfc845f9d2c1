// The form of packed values, and how they are read again: strings and the shapes of objects are kept once for all of them.

/** What a `Packer` made of the values it was given. */
export interface Packed {
  /** Every string in the values; once, but for those of their own. */
  readonly strings: readonly string[];
  /** Every list of property names in the values, once, in the order in which they stood. */
  readonly shapes: readonly (readonly string[])[];
  readonly bytes: Uint8Array;
}

/** One byte each, then what the comment says; from SMALL_INTEGER on the byte is the number, from SHORT_STRING on the string's number. */
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
  /** its number as a varint */
  string: 7,
  /** its length as a varint, then the elements */
  array: 8,
  /** its shape's number as a varint, then the values of its properties */
  object: 9,
} as const;
export const SHORT_STRING = 0x40;
export const SMALL_INTEGER = 0x80;

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
