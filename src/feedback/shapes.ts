// The lists of property names that objects have, each kept once and known by its number.

/** A step on the way to a list: names in their order lead from node to node. */
interface ShapeNode {
  /** Of the list that ends here, or -1. */
  number: number;
  readonly names: readonly string[];
  readonly next: Map<string, ShapeNode>;
  /** The step that was taken last is most often the next one too. */
  lastName: string | undefined;
  lastNode: ShapeNode | undefined;
}

export class Shapes {
  readonly lists: (readonly string[])[] = [];
  readonly #root = node([]);

  /** Without a look at those that are there. */
  add(names: readonly string[]): number {
    return this.lists.push(names) - 1;
  }

  numberOf(value: object): number {
    let place = this.#root;
    // for-in and not Object.keys: no array is made, and V8 reads the properties by their position.
    for (const name in value) place = place.lastName === name && place.lastNode ? place.lastNode : step(place, name);
    if (place.number < 0) place.number = this.add(place.names);
    return place.number;
  }
}

function node(names: readonly string[]): ShapeNode {
  return { number: -1, names, next: new Map(), lastName: undefined, lastNode: undefined };
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
