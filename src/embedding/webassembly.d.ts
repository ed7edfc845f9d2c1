// The part of the WebAssembly API that is used: Node's types leave it to the DOM's.
declare namespace WebAssembly {
  function validate(bytes: Uint8Array): boolean;
  const Module: new (bytes: Uint8Array) => object;
  class Instance {
    constructor(module: object, imports?: Readonly<Record<string, Readonly<Record<string, object | number>>>>);
    readonly exports: Readonly<Record<string, unknown>>;
  }
  class Memory {
    /** In pages of 64 KiB. */
    constructor(size: { readonly initial: number });
    readonly buffer: ArrayBuffer;
  }
}
