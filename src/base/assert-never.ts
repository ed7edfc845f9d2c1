// Ends a switch over a tagged union: a new member fails to compile, an unknown one at run time fails loudly.
export function assertNever(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
