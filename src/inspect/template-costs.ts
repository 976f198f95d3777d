import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { readR1cs } from '../proof/setup/r1cs.js';

/**
 * Where the constraints of a circuit are: a template, all of its components in one place of the circuit taken together.
 */
export interface TemplateCost {
  readonly template: string;
  /** How many levels of siblings a row's components take; only such templates have it. */
  readonly levels?: number;
  readonly components: number;
  /** Constraints that the template itself states, those of the templates inside it left out. */
  readonly own: number;
  readonly inside: readonly TemplateCost[];
}

/** The names of a circuit's constraints do not tell them apart. This happens only to circuits from elsewhere. */
export class TemplateCostError extends Error {
  override readonly name = 'TemplateCostError';
}

interface Component {
  readonly parent: number;
  readonly name: string;
  levels: number;
  own: number;
}

const LINEAR_PASSES = 8;

/**
 * Counts a circuit's constraints template by template, as an optimised build has them: told from one without any
 * optimisation (`--O0`), where every row names the signals of the component that states it, and of those just
 * inside. An optimised build has every row that stays quadratic when constants are put in for signals that can be
 * nothing else, and no other.
 * @throws {TemplateCostError}
 */
export async function templateCosts({
  r1cs,
  sym,
  main,
}: {
  readonly r1cs: string;
  readonly sym: string;
  /** The template of the main component, which has no name of its own. */
  readonly main: string;
}): Promise<TemplateCost> {
  const { wires, constraints, bytes } = await readR1cs(r1cs);
  const { components, ownerOf } = await readComponents(sym, wires);
  const words = new Uint32Array(bytes, 0, Math.floor(bytes.byteLength / 4));
  const constant = findConstants(words, constraints, wires);

  let last = 0;
  forEachRow(words, constraints, (row, sides) => {
    if (!isQuadratic(words, sides, constant)) return;
    const owner = ownerOfRow(words, sides, components, ownerOf);
    // Outer components come before those inside them, as in the names, and each has its rows in a run.
    if (owner < last) throw new TemplateCostError(`constraint ${row} of ${r1cs} is not in the order of its components`);
    last = owner;
    components[owner]!.own++;
  });
  return gather(components, main);
}

export const totalOf = ({ own, inside }: TemplateCost): number =>
  inside.reduce((sum, cost) => sum + totalOf(cost), own);

/** The components in the order of the names, each after the one around it, and whose signal each wire is. */
async function readComponents(sym: string, wires: number): Promise<{ components: Component[]; ownerOf: Int32Array }> {
  const components: Component[] = [];
  const indices = new Map<string, number>();
  const ownerOf = new Int32Array(wires).fill(-1);
  const componentAt = (path: string): number => {
    const known = indices.get(path);
    if (known !== undefined) return known;
    const dot = path.lastIndexOf('.');
    const parent = dot === -1 ? -1 : componentAt(path.slice(0, dot));
    components.push({ parent, name: path.slice(dot + 1), levels: 0, own: 0 });
    indices.set(path, components.length - 1);
    return components.length - 1;
  };
  for await (const line of createInterface({ input: createReadStream(sym), crlfDelay: Infinity })) {
    const [, wire, , name] = line.split(',', 4) as [string, string, string, string];
    if (wire === '-1')
      throw new TemplateCostError(`expected a circuit without optimisation, ${name} of ${sym} has no wire`);
    const dot = name.lastIndexOf('.');
    const owner = componentAt(name.slice(0, dot));
    ownerOf[Number(wire)] = owner;
    if (name.startsWith('siblings[', dot + 1)) {
      const component = components[owner]!;
      component.levels = Math.max(component.levels, Number.parseInt(name.slice(dot + 'siblings['.length + 1), 10) + 1);
    }
  }
  return { components, ownerOf };
}

/** Where the terms of a row's three sides begin, and the row ends, in words. */
type Sides = readonly [a: number, b: number, c: number, end: number];

/** Words of a term: its wire, and a coefficient of 32 bytes. */
const TERM = 9;

function forEachRow(words: Uint32Array, constraints: number, visit: (row: number, sides: Sides) => void): void {
  let at = 0;
  const skip = (): number => {
    const begin = at;
    at += 1 + TERM * words[at]!;
    return begin;
  };
  for (let row = 0; row < constraints; row++) visit(row, [skip(), skip(), skip(), at]);
}

/** Terms of a side that are not of constants, counted up to two, and one of their wires. */
function unknowns(words: Uint32Array, side: number, constant: Uint8Array): { count: number; wire: number } {
  const end = side + 1 + TERM * words[side]!;
  let count = 0;
  let wire = 0;
  for (let term = side + 1; term < end && count < 2; term += TERM) {
    if (constant[words[term]!] === 1) continue;
    count++;
    wire = words[term]!;
  }
  return { count, wire };
}

const isQuadratic = (words: Uint32Array, [a, b]: Sides, constant: Uint8Array): boolean =>
  unknowns(words, a, constant).count > 0 && unknowns(words, b, constant).count > 0;

/** Wires that a linear constraint fixes, once those before them are: 1 for such a one. Wire 0 is the number 1. */
function findConstants(words: Uint32Array, constraints: number, wires: number): Uint8Array {
  const constant = new Uint8Array(wires);
  constant[0] = 1;
  let found = true;
  for (let pass = 0; found && pass < LINEAR_PASSES; pass++) {
    found = false;
    forEachRow(words, constraints, (_, [a, b, c]) => {
      const [left, right, sum] = [a, b, c].map((side) => unknowns(words, side, constant));
      if (left!.count + right!.count > 0 || sum!.count !== 1) return;
      constant[sum!.wire] = 1;
      found = true;
    });
  }
  return constant;
}

/** The innermost component around all signals of a row. */
function ownerOfRow(
  words: Uint32Array,
  [begin, b, c, end]: Sides,
  components: readonly Component[],
  ownerOf: Int32Array,
): number {
  let owner = -1;
  for (const [from, to] of [
    [begin, b],
    [b, c],
    [c, end],
  ] as const) {
    for (let term = from + 1; term < to; term += TERM) {
      let other = ownerOf[words[term]!]!;
      if (words[term] === 0 || other === owner) continue;
      if (owner === -1) owner = other;
      // A component has a lower number than those inside it.
      while (owner !== other) {
        if (owner > other) owner = components[owner]!.parent;
        else other = components[other]!.parent;
      }
    }
  }
  return owner;
}

/** `PoseidonEx_25_935[1]`, as the compiler names a component without a name, is one of `PoseidonEx`. */
const templateOf = (name: string): string => name.replace(/\[\d+\]$/, '').replace(/_\d+_\d+$/, '');

interface Gathering {
  readonly template: string;
  readonly levels: number;
  components: number;
  own: number;
  readonly inside: Map<string, Gathering>;
}

/** Components of one template beside each other, taken together. */
function gather(components: readonly Component[], main: string): TemplateCost {
  const places: Gathering[] = [];
  const begin = (template: string, levels: number): Gathering => ({
    template,
    levels,
    components: 0,
    own: 0,
    inside: new Map(),
  });
  for (const { parent, name, levels, own } of components) {
    const template = parent === -1 ? main : templateOf(name);
    const around = parent === -1 ? undefined : places[parent]!.inside;
    const key = `${template} ${levels}`;
    const place = around?.get(key) ?? begin(template, levels);
    around?.set(key, place);
    place.components++;
    place.own += own;
    places.push(place);
  }
  return cost(places[0]!);
}

function cost({ template, levels, components, own, inside }: Gathering): TemplateCost {
  const costs = [...inside.values()]
    .map(cost)
    .filter((one) => totalOf(one) > 0)
    .sort((a, b) => totalOf(b) - totalOf(a));
  return { template, ...(levels > 0 && { levels }), components, own, inside: costs };
}
