/**
 * The templates inside a circuit, each alone: the wires and constraints of every component that a circuit is
 * made of. Only an unoptimised circuit keeps them apart, with a wire for every signal.
 */
import { lineaSources, rulesSources } from '../../../src/machine/circuit/compile.js';
import type { Program } from './harness.js';
import { plainName, readCircuit } from './r1cs.js';
import type { Circuit, Constraint } from './r1cs.js';

export interface Component {
  /** `main.WriteRow[0].Fold`. */
  readonly path: string;
  readonly template: string;
  readonly inputs: readonly number[];
  /**
   * All other wires of the component and of those inside it, but for signals that no constraint of the circuit reads.
   */
  readonly inner: ReadonlySet<number>;
  readonly constraints: readonly Constraint[];
}

/** Every component of an unoptimised circuit but main, outer ones before those inside them. */
export async function componentsOf(program: Program): Promise<{ circuit: Circuit; components: Component[] }> {
  const circuit = await readCircuit(program);
  const inputNames = new Map([...(await inputsByTemplate()), ...(await inputsByTemplate(lineaSources))]);
  const paths = circuit.names.map(() => '');
  const signals = circuit.names.map(() => '');
  for (const [name, wire] of program.signals) {
    if (wire === null) throw new Error(`expected an unoptimised circuit, ${name} has no wire`);
    const dot = name.lastIndexOf('.');
    paths[wire] = name.slice(0, dot);
    signals[wire] = name.slice(dot + 1).replace(/\[.*$/, '');
  }

  const read = new Set(circuit.constraints.flatMap(({ a, b, c }) => [...a.wires, ...b.wires, ...c.wires]));
  const wires = new Map<string, number[]>();
  const constraints = new Map<string, Constraint[]>();
  paths.forEach((path, wire) => {
    if (!read.has(wire)) return;
    for (const around of outward(path)) append(wires, around, wire);
  });
  for (const constraint of circuit.constraints) {
    // A constraint belongs to the innermost component that has all its wires. What a component's parent says of
    // its inputs alone, such as that one is 0, counts as its own too, and says nothing where inputs are fixed.
    const [first = '', ...others] = [constraint.a, constraint.b, constraint.c]
      .flatMap((side) => side.wires)
      .filter((wire) => wire !== 0)
      .map((wire) => paths[wire]!);
    const common = outward(first).find((path) => others.every((other) => `${other}.`.startsWith(`${path}.`)));
    for (const around of outward(common ?? '')) append(constraints, around, constraint);
  }

  const components = [...wires.keys()]
    .filter((path) => path !== 'main')
    .map((path): Component => {
      const template = plainName(path.slice(path.lastIndexOf('.') + 1)).replace(/\[.*$/, '');
      const names = inputNames.get(template);
      if (names === undefined) throw new Error(`component ${path} is of a template that the sources do not have`);
      const all = wires.get(path)!;
      const inputs = all.filter((wire) => paths[wire] === path && names.has(signals[wire]!));
      const fixed = new Set(inputs);
      return {
        path: plainName(path),
        template,
        inputs,
        inner: new Set(all.filter((wire) => !fixed.has(wire))),
        constraints: constraints.get(path) ?? [],
      };
    });
  return { circuit, components };
}

/** A template's inputs by its name, for every template of the project, or of storage alone. */
export async function inputsByTemplate(sources = rulesSources): Promise<Map<string, Set<string>>> {
  const bodies = (await sources()).flatMap(({ text }) => text.split(/^template /m).slice(1));
  return new Map(
    bodies.map((body) => [
      body.slice(0, body.indexOf('(')),
      new Set([...body.matchAll(/\bsignal input (?:\{\w+\} )?(\w+)/g)].map((match) => match[1]!)),
    ]),
  );
}

function append<T>(lists: Map<string, T[]>, name: string, item: T): void {
  const list = lists.get(name);
  if (list === undefined) lists.set(name, [item]);
  else list.push(item);
}

/** A path and all that are around it, from the inside. */
function outward(path: string): string[] {
  const parts = path === '' ? [] : path.split('.');
  return parts.map((_, i) => parts.slice(0, parts.length - i).join('.'));
}
