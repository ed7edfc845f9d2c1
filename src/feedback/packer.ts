// Plain values to compact bytes: shapes of objects are kept once, and of objects of one layout only what is not as in the first.
import type { Base, Layout } from './layout.ts';
import { FIRST, LONGEST_PIECE, PackedBytes } from './packed-bytes.ts';
import { Shapes } from './shapes.ts';
import { TAG, type Packed } from './value-codec.ts';

/** What it packs is read again with `unpack`. `bytes`: the room to begin with; it grows. */
export class Packer extends PackedBytes implements Packed {
  #shapes = new Shapes();
  /** By the layout's number: that of its shape. */
  #shapeOf: (number | undefined)[] = [];
  /** By the layout's number: the first value that was added by it. */
  #bases: (Base | undefined)[] = [];
  #id = '';

  get shapes(): Packed['shapes'] {
    return this.#shapes.lists;
  }

  /** Begins again in the same memory. */
  clear(): void {
    this.#shapes = new Shapes();
    this.#shapeOf = [];
    this.#bases = [];
    this.rewind(FIRST);
  }

  /**
   * Adds a value (objects, arrays, numbers, strings, booleans, null, undefined) under its id and returns where it begins. `beside`: where another
   * one begins that has the same id. Throws TypeError for any other kind of value; nothing of it is kept then.
   */
  add<T>(id: string, value: T, layout?: Layout<T>, beside?: number): number {
    const start = this.position;
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
      this.rewind(start);
      // Some may begin in what is not kept.
      this.#bases = [];
      throw error;
    }
    return start;
  }

  /** All of it, with something at its end, to be read by itself; the same memory as `bytes`. May be called again, also when something was added. */
  closeWith(end: unknown): Uint8Array {
    const at = this.position;
    try {
      this.write(end);
      this.write(this.shapes);
      this.putUint32(at);
      return this.bytes;
    } finally {
      this.rewind(at);
    }
  }

  /** For layouts: returns where the object begins; the values of its properties follow, in their order. */
  beginObject(layout: number, names: readonly string[]): number {
    const start = this.position;
    this.#beginShape((this.#shapeOf[layout] ??= this.#shapes.add(names)));
    return start;
  }

  /** For layouts: returns where the mask begins; the values of the properties that it will say are different follow. */
  beginLike(base: number, maskBytes: number): number {
    this.reserve(LONGEST_PIECE + maskBytes);
    this.put(TAG.like);
    this.varint(base);
    const mask = this.position;
    this.rewind(mask + maskBytes);
    return mask;
  }

  /** For layouts. */
  beginArray(length: number): void {
    this.reserve(LONGEST_PIECE);
    this.put(TAG.array);
    this.varint(length);
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
    this.reserve(LONGEST_PIECE);
    this.put(TAG.id);
  }

  write(value: unknown): void {
    this.reserve(LONGEST_PIECE);
    switch (typeof value) {
      case 'string':
        this.writeText(value);
        return;
      case 'number':
        this.writeNumber(value);
        return;
      case 'boolean':
        this.put(value ? TAG.true : TAG.false);
        return;
      case 'undefined':
        this.put(TAG.undefined);
        return;
      case 'object':
        if (value === null) this.put(TAG.null);
        else if (Array.isArray(value)) {
          this.beginArray(value.length);
          for (let i = 0; i < value.length; i++) this.write(value[i]);
        } else this.#writeObject(value as Readonly<Record<string, unknown>>);
        return;
      default:
        throw new TypeError(`it holds a value of type ${typeof value}`);
    }
  }

  #writeBeside(other: number): void {
    this.reserve(LONGEST_PIECE);
    this.put(TAG.beside);
    this.varint(other);
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
    this.reserve(LONGEST_PIECE);
    this.put(TAG.object);
    this.varint(shape);
  }
}
