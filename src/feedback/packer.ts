// Plain values to compact bytes: strings and the shapes of objects are kept once for all values that are packed together.
import type { Layout } from './layout.ts';
import { SHORT_STRING, SMALL_INTEGER, TAG, type Packed } from './value-codec.ts';

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

/** What it packs is read again with `unpack`. `bytes`: the room to begin with; it grows. */
export class Packer implements Packed {
  readonly strings: string[] = [];
  readonly shapes: (readonly string[])[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #root = node([]);
  /** By the layout's number: that of its shape. */
  readonly #shapeOf: (number | undefined)[] = [];
  #lastOwn: string | undefined;
  #lastOwnNumber = -1;
  #buffer: Uint8Array;
  #view: DataView;
  #at = 0;

  constructor(bytes: number) {
    this.#buffer = new Uint8Array(bytes);
    this.#view = new DataView(this.#buffer.buffer);
  }

  /** Those that are written. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#at);
  }

  /**
   * Adds a value (objects, arrays, numbers, strings, booleans, null, undefined) and returns where it begins. Throws TypeError for any other kind
   * of value; nothing of it is kept then.
   */
  add<T>(value: T, layout?: Layout<T>): number {
    const start = this.#at;
    try {
      if (layout === undefined) this.write(value);
      else layout.write(this, value);
    } catch (error) {
      this.#at = start;
      throw error;
    }
    return start;
  }

  /** The number of a string among `strings`. */
  intern(text: string): number {
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.strings.push(text) - 1;
      this.#numbers.set(text, number);
    }
    return number;
  }

  /** The same for a text that is not looked for, unless it is the last of these: to look for each costs a quarter of the packing. */
  own(text: string): number {
    if (text !== this.#lastOwn) {
      this.#lastOwn = text;
      this.#lastOwnNumber = this.strings.push(text) - 1;
    }
    return this.#lastOwnNumber;
  }

  /** Before a text of its own that may be here already, under this number. */
  recall(text: string, number: number): void {
    if (this.strings[number] !== text) return;
    this.#lastOwn = text;
    this.#lastOwnNumber = number;
  }

  /** For layouts: the values of the properties follow, in their order. */
  begin(layout: number, names: readonly string[]): void {
    this.#beginShape((this.#shapeOf[layout] ??= this.shapes.push(names) - 1));
  }

  /** For layouts. */
  writeList<T>(values: readonly T[], write: (packer: Packer, value: T) => void): void {
    this.#beginArray(values.length);
    for (let i = 0; i < values.length; i++) write(this, values[i] as T);
  }

  /** For layouts. */
  writeOwn(value: string): void {
    this.#reserve();
    this.#writeNumbered(this.own(value));
  }

  write(value: unknown): void {
    this.#reserve();
    switch (typeof value) {
      case 'string':
        this.#writeNumbered(this.intern(value));
        return;
      case 'number':
        this.#writeNumber(value);
        return;
      case 'boolean':
        this.#buffer[this.#at++] = value ? TAG.true : TAG.false;
        return;
      case 'undefined':
        this.#buffer[this.#at++] = TAG.undefined;
        return;
      case 'object':
        if (value === null) this.#buffer[this.#at++] = TAG.null;
        else if (Array.isArray(value)) {
          this.#beginArray(value.length);
          for (let i = 0; i < value.length; i++) this.write(value[i]);
        } else this.#writeObject(value as Readonly<Record<string, unknown>>);
        return;
      default:
        throw new TypeError(`it holds a value of type ${typeof value}`);
    }
  }

  /** The string of that number. */
  #writeNumbered(number: number): void {
    if (number < SMALL_INTEGER - SHORT_STRING) this.#buffer[this.#at++] = SHORT_STRING + number;
    else {
      this.#buffer[this.#at++] = TAG.string;
      this.#varint(number);
    }
  }

  #writeNumber(value: number): void {
    if ((value | 0) === value && !Object.is(value, -0)) {
      if (value >= 0 && value < 0x80) {
        this.#buffer[this.#at++] = SMALL_INTEGER + value;
        return;
      }
      this.#buffer[this.#at] = TAG.int32;
      this.#view.setInt32(this.#at + 1, value);
      this.#at += 5;
    } else if (Math.fround(value) === value) {
      this.#buffer[this.#at] = TAG.float32;
      this.#view.setFloat32(this.#at + 1, value);
      this.#at += 5;
    } else {
      this.#buffer[this.#at] = TAG.float64;
      this.#view.setFloat64(this.#at + 1, value);
      this.#at += 9;
    }
  }

  #writeObject(value: Readonly<Record<string, unknown>>): void {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      throw new TypeError(`it holds an ${Object.prototype.toString.call(value).slice(1, -1)}`);
    }
    let place = this.#root;
    // for-in and not Object.keys: no array is made, and V8 reads the properties by their position.
    for (const name in value) place = place.lastName === name && place.lastNode ? place.lastNode : step(place, name);
    if (place.shape < 0) place.shape = this.shapes.push(place.names) - 1;
    this.#beginShape(place.shape);
    for (const name in value) this.write(value[name]);
  }

  #beginShape(shape: number): void {
    this.#reserve();
    this.#buffer[this.#at++] = TAG.object;
    this.#varint(shape);
  }

  #beginArray(length: number): void {
    this.#reserve();
    this.#buffer[this.#at++] = TAG.array;
    this.#varint(length);
  }

  #varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.#buffer[this.#at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#buffer[this.#at++] = rest;
  }

  #reserve(): void {
    if (this.#at + LONGEST_PIECE <= this.#buffer.length) return;
    const grown = new Uint8Array(this.#buffer.length * 2);
    grown.set(this.#buffer);
    this.#buffer = grown;
    this.#view = new DataView(grown.buffer);
  }
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
