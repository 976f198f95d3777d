import { cpus } from 'node:os';
import path from 'node:path';
import type { ArtifactStore } from '../machine/circuit/artifacts.js';
import type { CircuitName } from '../machine/circuit/catalogue.js';
import { circuitMeasurements, circuitPins } from '../machine/circuit/pins.js';
import { ROOTSHIFT, SNARKJS } from '../proof/prover/program.js';
import { readTextFile } from '../base/files/input.js';
import { writeFileAtomically } from '../base/files/output.js';

/** The cost of compiling, setting up and proving a circuit. */
export interface CircuitCost {
  readonly constraints: number;
  /** Milliseconds, on this machine. */
  readonly compileMs: number;
  readonly keysMs: number;
  readonly proofMs: number;
  /** Bytes of memory: of the prover, of the compiler, and of the making of development keys. */
  readonly proofBytes: number;
  readonly compileBytes: number;
  readonly keysBytes: number;
  /** Bytes on disk: compiled circuit and keys; a witness. */
  readonly diskBytes: number;
  readonly witnessBytes: number;
}

/** A prover's share of snarkjs's time and memory, used until it has proven here. Measured on 2 cores, with a margin. */
const SHARES: Readonly<Record<string, { readonly time: number; readonly memory: number }>> = {
  [SNARKJS.name]: { time: 1, memory: 1 },
  [ROOTSHIFT.name]: { time: 0.4, memory: 0.6 },
};
/** Of any other: rapidsnark's. */
const OTHERS = { time: 0.25, memory: 0.3 };
/** Making development keys holds the R1CS, and its terms by wire: fits what s14 and s16 took on 2 cores. */
const KEYS_BYTES = { base: 120 * 2 ** 20, anR1csByte: 3 };
const FILE = 'calibration.json';
const MACHINE = `${cpus().length} x ${cpus()[0]?.model.trim()}, Node ${process.versions.node}`;

/**
 * The speed of provers here: for each, its time divided by that of snarkjs for the same circuit on the machine of
 * circuits/measured.json. The last proof made here counts. Kept with the artifacts.
 */
export class Calibration {
  private constructor(
    private readonly file: string,
    private readonly factors: Readonly<Record<string, number>>,
  ) {}

  /** The saved speeds; empty if they are from another machine or damaged. */
  static async read({ directory }: ArtifactStore): Promise<Calibration> {
    const file = path.join(directory, FILE);
    try {
      const { machine, factors } = JSON.parse(await readTextFile(file)) as {
        machine: string;
        factors: Record<string, number>;
      };
      if (machine === MACHINE && Object.values(factors).every((factor) => factor > 0))
        return new Calibration(file, factors);
    } catch {
      // None, or none that can be used: proofs to come make it anew.
    }
    return new Calibration(file, {});
  }

  /** Whether a prover has proven here. */
  knows(prover: string): boolean {
    return this.factors[prover] !== undefined;
  }

  /** Records a proof's time. If it cannot be saved, the next proof is recorded instead. */
  async record(prover: string, circuit: CircuitName, milliseconds: number): Promise<void> {
    const { proofMs } = await referenceCost(circuit);
    const factors = { ...this.factors, [prover]: milliseconds / proofMs };
    await writeFileAtomically(this.file, `${JSON.stringify({ machine: MACHINE, factors }, null, 2)}\n`).catch(() => {});
  }

  async cost(prover: string, circuit: CircuitName): Promise<CircuitCost> {
    const reference = await referenceCost(circuit);
    const own = this.factors[prover];
    const share = SHARES[prover] ?? OTHERS;
    // How fast this machine is: as snarkjs is here, where it has proven.
    const machine = this.factors[SNARKJS.name] ?? 1;
    return {
      ...reference,
      compileMs: machine * reference.compileMs,
      keysMs: machine * reference.keysMs,
      proofMs: (own ?? share.time) * reference.proofMs,
      proofBytes: share.memory * reference.proofBytes,
    };
  }
}

/** A circuit's measurement; without one, scaled by constraints from the largest measured circuit. */
async function referenceCost(circuit: CircuitName): Promise<CircuitCost> {
  const pins = await circuitPins();
  const { circuits } = await circuitMeasurements();
  const constraintsOf = (name: string): number => pins[name as CircuitName]?.constraints ?? 0;
  const like =
    circuits[circuit] === undefined
      ? (Object.keys(circuits) as CircuitName[]).reduce((a, b) => (constraintsOf(a) > constraintsOf(b) ? a : b))
      : circuit;
  const taken = circuits[like]!;
  const constraints = constraintsOf(circuit);
  const scale = like === circuit ? 1 : constraints / constraintsOf(like);
  const mib = scale * 2 ** 20;
  const mb = scale * 1e6;
  // An R1CS has 36 bytes a coefficient and 12 a constraint; the names of wires are as long as a quarter of it.
  const r1csBytes = 36 * (taken.nonZeroA + taken.nonZeroB + taken.nonZeroC) + 12 * constraintsOf(like);
  return {
    constraints,
    compileMs: 1000 * scale * taken.compileSeconds,
    keysMs: 1000 * scale * taken.keysSeconds,
    proofMs: 1000 * scale * taken.proofSeconds,
    proofBytes: taken.proofMiB * mib,
    compileBytes: taken.compileMiB * mib,
    keysBytes: KEYS_BYTES.base + KEYS_BYTES.anR1csByte * scale * r1csBytes,
    witnessBytes: 32 * (pins[circuit]?.wires ?? constraints),
    diskBytes: scale * 1.25 * r1csBytes + taken.keyMB * mb,
  };
}
