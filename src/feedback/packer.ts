// Plain values to compact bytes: shapes of objects are kept once, and of objects of one layout only what is not as in the first.
import type { Base, Layout } from './layout.ts';
import { Shapes } from './shapes.ts';
import { FORM, SHORT_TEXT, SMALL_INTEGER, TAG, type Packed } from './value-codec.ts';

/** More than the longest tag with what follows it at once, but for texts. */
const LONGEST_PIECE = 16;
/** To call Node costs as much as to write so many characters. */
const LONG_TEXT = 24;
const SHORT_LENGTHS = SMALL_INTEGER - SHORT_TEXT;
const SMALL_INTEGERS = 0x100 - SMALL_INTEGER;

/** What it packs is read again with `unpack`. `bytes`: the room to begin with; it grows. */
export class Packer implements Packed {
  #shapes = new Shapes();
  /** By the layout's number: that of its shape. */
  #shapeOf: (number | undefined)[] = [];
  /** By the layout's number: the first value that was added by it. */
  #bases: (Base | undefined)[] = [];
  #id = '';
  #buffer: Uint8Array<ArrayBuffer>;
  #view: DataView;
  /** The same memory, with Node's ways of writing text. */
  #text: Buffer;
  #at = 1;

  constructor(bytes: number) {
    this.#buffer = new Uint8Array(bytes);
    this.#view = new DataView(this.#buffer.buffer);
    this.#text = Buffer.from(this.#buffer.buffer);
    this.#buffer[0] = FORM;
  }

  get shapes(): Packed['shapes'] {
    return this.#shapes.lists;
  }

  /** Those that are written; they stay as they are until `clear`. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#at);
  }

  /** How many bytes it takes, written or not. */
  get room(): number {
    return this.#buffer.length;
  }

  /** Begins again in the same memory. */
  clear(): void {
    this.#shapes = new Shapes();
    this.#shapeOf = [];
    this.#bases = [];
    this.#at = 1;
  }

  /**
   * Adds a value (objects, arrays, numbers, strings, booleans, null, undefined) under its id and returns where it begins. `beside`: where another
   * one begins that has the same id. Throws TypeError for any other kind of value; nothing of it is kept then.
   */
  add<T>(id: string, value: T, layout?: Layout<T>, beside?: number): number {
    const start = this.#at;
    this.#id = id;
    try {
      if (beside === undefined) this.write(id);
      else this.#writeBeside(beside);
      if (layout === undefined) this.write(value);
      else {
        const base = this.#bases[layout.number];
        if (base === undefined) this.#bases[layout.number] = layout.writeWhole(this, value);
        else layout.writeLike(this, value, base);
      }
    } catch (error) {
      this.#at = start;
      // Some may begin in what is not kept.
      this.#bases = [];
      throw error;
    }
    return start;
  }

  /** All of it, with something at its end, to be read by itself; the same memory as `bytes`. May be called again, also when something was added. */
  closeWith(end: unknown): Uint8Array {
    const at = this.#at;
    try {
      this.write(end);
      this.write(this.shapes);
      this.#reserve(LONGEST_PIECE);
      this.#view.setUint32(this.#at, at);
      return this.#buffer.subarray(0, this.#at + 4);
    } finally {
      this.#at = at;
    }
  }

  /** For layouts: where the next piece begins. */
  get position(): number {
    return this.#at;
  }

  /** For layouts: what was written from there on is forgotten. */
  rewind(position: number): void {
    this.#at = position;
  }

  /** For layouts: returns where the object begins; the values of its properties follow, in their order. */
  beginObject(layout: number, names: readonly string[]): number {
    const start = this.#at;
    this.#beginShape((this.#shapeOf[layout] ??= this.#shapes.add(names)));
    return start;
  }

  /** For layouts: returns where the mask begins; the values of the properties that it will say are different follow. */
  beginLike(base: number, maskBytes: number): number {
    this.#reserve(LONGEST_PIECE + maskBytes);
    this.#put(TAG.like);
    this.#varint(base);
    const mask = this.#at;
    this.#at += maskBytes;
    return mask;
  }

  /** For layouts: a byte of the mask. */
  setMask(position: number, bits: number): void {
    this.#buffer[position] = bits;
  }

  /** For layouts. */
  beginArray(length: number): void {
    this.#reserve(LONGEST_PIECE);
    this.#put(TAG.array);
    this.#varint(length);
  }

  /** For layouts: whether it is the id that the value is added under. */
  isId(value: unknown): boolean {
    return value === this.#id;
  }

  /** For layouts: what may be that id. */
  writeId(value: unknown): void {
    if (value !== this.#id) {
      this.write(value);
      return;
    }
    this.#reserve(LONGEST_PIECE);
    this.#put(TAG.id);
  }

  write(value: unknown): void {
    this.#reserve(LONGEST_PIECE);
    switch (typeof value) {
      case 'string':
        this.#writeText(value);
        return;
      case 'number':
        this.#writeNumber(value);
        return;
      case 'boolean':
        this.#put(value ? TAG.true : TAG.false);
        return;
      case 'undefined':
        this.#put(TAG.undefined);
        return;
      case 'object':
        if (value === null) this.#put(TAG.null);
        else if (Array.isArray(value)) {
          this.beginArray(value.length);
          for (let i = 0; i < value.length; i++) this.write(value[i]);
        } else this.#writeObject(value as Readonly<Record<string, unknown>>);
        return;
      default:
        throw new TypeError(`it holds a value of type ${typeof value}`);
    }
  }

  #writeText(text: string): void {
    const { length } = text;
    this.#reserve(LONGEST_PIECE + 3 * length);
    const start = this.#at;
    if (length < SHORT_LENGTHS) this.#put(SHORT_TEXT + length);
    else {
      this.#put(TAG.text8);
      this.#varint(length);
    }
    if (length < LONG_TEXT ? this.#writeUnits(text) : this.#text.write(text, this.#at, 'utf8') === length) {
      this.#at += length;
      return;
    }
    this.#at = start;
    this.#put(TAG.text16);
    this.#varint(length);
    this.#at += this.#text.write(text, this.#at, 'utf16le');
  }

  /** False: one of them is no byte. */
  #writeUnits(text: string): boolean {
    const buffer = this.#buffer;
    const at = this.#at;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0xff) return false;
      buffer[at + i] = unit;
    }
    return true;
  }

  #writeNumber(value: number): void {
    const integer = value | 0;
    if (integer === value && (integer !== 0 || 1 / value > 0)) {
      if (integer >= 0 && integer < SMALL_INTEGERS) this.#put(SMALL_INTEGER + integer);
      else if ((integer << 16) >> 16 === integer) {
        this.#buffer[this.#at] = TAG.int16;
        this.#view.setInt16(this.#at + 1, integer);
        this.#at += 3;
      } else {
        this.#buffer[this.#at] = TAG.int32;
        this.#view.setInt32(this.#at + 1, integer);
        this.#at += 5;
      }
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

  #writeBeside(other: number): void {
    this.#reserve(LONGEST_PIECE);
    this.#put(TAG.beside);
    this.#varint(other);
  }

  #writeObject(value: Readonly<Record<string, unknown>>): void {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      throw new TypeError(`it holds an ${Object.prototype.toString.call(value).slice(1, -1)}`);
    }
    this.#beginShape(this.#shapes.numberOf(value));
    for (const name in value) this.write(value[name]);
  }

  #beginShape(shape: number): void {
    this.#reserve(LONGEST_PIECE);
    this.#put(TAG.object);
    this.#varint(shape);
  }

  /** The position is read once and written last: V8 makes twice as fast code of it as of `at++` as an index. */
  #put(byte: number): void {
    const at = this.#at;
    this.#buffer[at] = byte;
    this.#at = at + 1;
  }

  #varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.#put((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.#put(rest);
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes > this.#buffer.length) this.#grow(this.#at + bytes);
  }

  #grow(least: number): void {
    const grown = new Uint8Array(Math.max(least, this.#buffer.length * 2));
    grown.set(this.#buffer);
    this.#buffer = grown;
    this.#view = new DataView(grown.buffer);
    this.#text = Buffer.from(grown.buffer);
  }
}
