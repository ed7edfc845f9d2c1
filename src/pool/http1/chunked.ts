// The chunked transfer coding (RFC 9112, section 7.1), taken off in place: what is left of a read is one piece of the body.
import { checkTrailers } from './read-head.ts';
import { WireError } from './wire-error.ts';

const CR = 13;
const LF = 10;
const MOST_SIZE_DIGITS = 8;
/** Of a chunk's extensions, and of all trailers. */
const MOST_ASIDE_BYTES = 16 * 1024;
const EXTENSIONS = /^(?:;[\w!#$%&'*+.^`|~-]+(?:=(?:[\w!#$%&'*+.^`|~-]+|"(?:[\t !#-[\]-~\x80-\xff]|\\[\t -~])*"))?)*$/;

type State = 'size' | 'extension' | 'size-lf' | 'data' | 'data-cr' | 'data-lf' | 'trailers' | 'end-lf';

export class ChunkedBody {
  /** After the last chunk and its trailers. */
  done = false;
  /** What is wrong with it (protocol): what came before is good, and nothing after is read. */
  flaw: WireError | undefined;
  /** How far the last call has read: short of the end only when `done` or flawed. */
  readTo = 0;
  #state: State = 'size';
  #size = 0;
  #digits = 0;
  /** Extensions or trailers so far. */
  #aside = '';

  /** For the next body. */
  reset(): void {
    this.done = false;
    this.flaw = undefined;
    this.#state = 'size';
    this.#size = 0;
    this.#digits = 0;
    this.#aside = '';
  }

  /** Moves the body's bytes from `from` on together, and gives them as a view of `bytes`, which are changed. */
  read(bytes: Buffer, from: number): Buffer {
    let at = from;
    let start = from;
    let end = from;
    while (at < bytes.length && !this.done && this.flaw === undefined) {
      if (this.#state === 'data') {
        const taken = Math.min(this.#size, bytes.length - at);
        if (end === start) start = end = at;
        else bytes.copyWithin(end, at, at + taken);
        end += taken;
        at += taken;
        this.#size -= taken;
        if (this.#size === 0) this.#state = 'data-cr';
      } else this.#step(bytes[at++] ?? 0);
    }
    this.readTo = at;
    return bytes.subarray(start, end);
  }

  #step(byte: number): void {
    switch (this.#state) {
      case 'size':
        return this.#readSize(byte);
      case 'extension':
        if (byte !== CR) return this.#keep(byte);
        if (!EXTENSIONS.test(this.#aside)) return this.#fail('a chunk with a broken extension');
        this.#state = 'size-lf';
        return;
      case 'size-lf':
        this.#aside = '';
        this.#digits = 0;
        return this.#follow(byte, LF, this.#size === 0 ? 'trailers' : 'data');
      case 'data-cr':
        return this.#follow(byte, CR, 'data-lf');
      case 'data-lf':
        return this.#follow(byte, LF, 'size');
      case 'trailers':
        // An empty line ends them.
        if (byte === CR && (this.#aside === '' || this.#aside.endsWith('\n'))) this.#state = 'end-lf';
        else this.#keep(byte);
        return;
      case 'end-lf':
        this.#follow(byte, LF, 'size');
        return this.#finish();
      case 'data':
        throw new Error('data is not read byte by byte');
    }
  }

  #readSize(byte: number): void {
    const digit = hexDigit(byte);
    if (digit >= 0) {
      if (++this.#digits > MOST_SIZE_DIGITS) this.#fail('a chunk of an absurd size');
      this.#size = this.#size * 16 + digit;
    } else if (this.#digits === 0) this.#fail('a chunk without a size');
    else if (byte === CR) this.#state = 'size-lf';
    else {
      this.#state = 'extension';
      this.#keep(byte);
    }
  }

  #keep(byte: number): void {
    this.#aside += String.fromCharCode(byte);
    if (this.#aside.length > MOST_ASIDE_BYTES) this.#fail('extensions or trailers without end');
  }

  #follow(byte: number, wanted: number, next: State): void {
    if (byte === wanted) this.#state = next;
    else this.#fail('a chunk that does not end where it should');
  }

  #finish(): void {
    if (this.flaw !== undefined) return;
    try {
      checkTrailers(this.#aside);
      this.done = true;
    } catch (flaw) {
      this.flaw = flaw as WireError;
    }
  }

  #fail(what: string): void {
    this.flaw = new WireError('protocol', `the answer has ${what}`);
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  // Lower case.
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
