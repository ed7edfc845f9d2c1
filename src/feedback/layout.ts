// The properties of objects that are all made in one place, said once: they are packed by a writer made for them, without looking at each.
import type { Packer } from './packer.ts';

/** Any value, written by what it is found to be. */
export const PLAIN = 'plain';

/** A text that hardly any other value is: it is not looked for among those that were there before. */
export const OWN = 'own';

type Field<T> =
  | typeof PLAIN
  | (T extends string ? typeof OWN : never)
  | (NonNullable<T> extends readonly (infer Element)[]
      ? readonly [Layout<Element>]
      : NonNullable<T> extends object
        ? Layout<NonNullable<T>>
        : never);

/** Of each property how it is written: plain, as a text of its own, as an object of a layout (or undefined), or as a list of such. None can be forgotten. */
export type Fields<T> = { readonly [Name in keyof T]-?: Field<T[Name]> };

/** `T` is only what it is for: the writer takes whoever has these properties for one. */
export interface Layout<T> {
  readonly write: (packer: Packer, value: T) => void;
}

type AnyField = typeof PLAIN | typeof OWN | Layout<never> | readonly [Layout<never>];

/** Each has a number, by which a packer knows its shape again. */
let layouts = 0;

/** Properties beside these are not kept, one that is missing is kept as undefined. */
export function layout<T extends object>(fields: Fields<T>): Layout<T> {
  return { write: compile(layouts++, Object.keys(fields), Object.values<AnyField>(fields)) };
}

/**
 * As code, as a JSON Schema's check is: V8 reads the properties of one literal where they lie only in code that sees no other objects. A loop over
 * the names takes twice as long. Nothing of the code comes from outside of the program.
 */
function compile(
  number: number,
  names: readonly string[],
  fields: readonly AnyField[],
): (packer: Packer, value: unknown) => void {
  const inner = fields.map((field) =>
    typeof field === 'string' ? undefined : 'write' in field ? field.write : field[0]?.write,
  );
  const steps = names.map((name, i) => {
    const property = `value[${JSON.stringify(name)}]`;
    const field = fields[i];
    if (field === PLAIN) return `packer.write(${property});`;
    if (field === OWN) return `packer.writeOwn(${property});`;
    if (Array.isArray(field)) return `packer.writeList(${property}, inner[${i}]);`;
    return `${property} === undefined ? packer.write(undefined) : inner[${i}](packer, ${property});`;
  });
  const body = `return (packer, value) => { packer.begin(${number}, names); ${steps.join(' ')} };`;
  // oxlint-disable-next-line typescript/no-implied-eval
  return new Function('names', 'inner', body)(names, inner) as (packer: Packer, value: unknown) => void;
}
