// Numbers, texts and tags as bytes, in memory that grows: what values are packed with.
import { FORM, SHORT_TEXT, SMALL_INTEGER, TAG } from './value-codec.ts';

/** More than the longest tag with what follows it at once, but for texts. */
export const LONGEST_PIECE = 16;
/** To call Node costs as much as to write so many characters. */
const LONG_TEXT = 24;
const SHORT_LENGTHS = SMALL_INTEGER - SHORT_TEXT;
const SMALL_INTEGERS = 0x100 - SMALL_INTEGER;

/** Behind the form. */
export const FIRST = 1;

export class PackedBytes {
  #buffer: Uint8Array<ArrayBuffer>;
  #view: DataView;
  /** The same memory, with Node's ways of writing text. */
  #text: Buffer;
  #at = FIRST;

  /** `bytes`: the room to begin with. */
  constructor(bytes: number) {
    this.#buffer = new Uint8Array(bytes);
    this.#view = new DataView(this.#buffer.buffer);
    this.#text = Buffer.from(this.#buffer.buffer);
    this.#buffer[0] = FORM;
  }

  /** Those that are written; they stay as they are until `clear`. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#at);
  }

  /** How many bytes it takes, written or not. */
  get room(): number {
    return this.#buffer.length;
  }

  /** For layouts: where the next piece begins. */
  get position(): number {
    return this.#at;
  }

  /** For layouts: what was written from there on is forgotten, or left out before it. */
  rewind(position: number): void {
    this.#at = position;
  }

  /** For layouts: a byte of the mask. */
  setMask(position: number, bits: number): void {
    this.#buffer[position] = bits;
  }

  protected writeText(text: string): void {
    const { length } = text;
    this.reserve(LONGEST_PIECE + 3 * length);
    const start = this.#at;
    if (length < SHORT_LENGTHS) this.put(SHORT_TEXT + length);
    else {
      this.put(TAG.text8);
      this.varint(length);
    }
    if (length < LONG_TEXT ? this.#writeUnits(text) : this.#text.write(text, this.#at, 'utf8') === length) {
      this.#at += length;
      return;
    }
    this.#at = start;
    this.put(TAG.text16);
    this.varint(length);
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

  protected writeNumber(value: number): void {
    const integer = value | 0;
    if (integer === value && (integer !== 0 || 1 / value > 0)) {
      if (integer >= 0 && integer < SMALL_INTEGERS) this.put(SMALL_INTEGER + integer);
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

  protected putUint32(value: number): void {
    this.reserve(LONGEST_PIECE);
    this.#view.setUint32(this.#at, value);
    this.#at += 4;
  }

  /** The position is read once and written last: V8 makes twice as fast code of it as of `at++` as an index. */
  protected put(byte: number): void {
    const at = this.#at;
    this.#buffer[at] = byte;
    this.#at = at + 1;
  }

  protected varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.put((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.put(rest);
  }

  protected reserve(bytes: number): void {
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
