/** Wires that a prover may choose, each explained in free-wires.json by a pattern of its name and a reason. */
import { readFile } from 'node:fs/promises';

interface Entry {
  readonly wires: string;
  readonly reason: string;
}

const entries = JSON.parse(await readFile(new URL('./free-wires.json', import.meta.url), 'utf8')) as {
  readonly mutation: readonly Entry[];
  readonly jacobian: readonly Entry[];
  /** Of circuits of rules. */
  readonly rulesMutation: readonly Entry[];
  readonly rulesJacobian: readonly Entry[];
  /** Of circuits of Linea's accumulator. */
  readonly lineaMutation: readonly Entry[];
  readonly lineaJacobian: readonly Entry[];
};

export class FreeWires {
  private readonly met = new Set<Entry>();
  private readonly entries: readonly Entry[];

  constructor(by: keyof typeof entries) {
    this.entries = entries[by];
  }

  /** True if one entry explains all these wires, which move together. */
  explain(names: readonly string[]): boolean {
    const entry = this.entries.find(({ wires }) => names.every((name) => new RegExp(wires).test(name)));
    if (entry !== undefined) this.met.add(entry);
    return entry !== undefined;
  }

  /** Entries that have explained nothing so far. */
  unmet(): string[] {
    return this.entries.filter((entry) => !this.met.has(entry)).map(({ wires }) => wires);
  }
}
