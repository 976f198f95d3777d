import { type CompiledCircuit } from '../circuit/compile.js';
import { type Poseidon } from '../hash/poseidon.js';
import { type Trace } from '../trace/trace.js';
import { calculateWitness } from '../untyped/snarkjs.js';
import { circuitInputs } from './inputs.js';

/** The circuit does not hold for a trace: it has a constraint that the trace breaks. */
export class WitnessError extends Error {
  override readonly name = 'WitnessError';
  constructor(
    /** The circom template whose constraint is broken. */
    readonly template: string,
    /** Its line in the circuit's source. */
    readonly line: number,
    cause: Error,
  ) {
    super(`the trace breaks a constraint of the circuit: template ${template}, line ${line}`, { cause });
  }
}

/**
 * Every wire of the circuit for a trace: the content of a .wtns file. An honest trace that fits always
 * has one.
 * @throws {CapacityError} the circuit has no room for the trace
 * @throws {WitnessError} the trace does not hold
 */
export async function witness(poseidon: Poseidon, trace: Trace, circuit: CompiledCircuit): Promise<Uint8Array> {
  const inputs = circuitInputs(poseidon, trace, circuit.size);
  try {
    return await calculateWitness(inputs, circuit.wasm);
  } catch (error) {
    throw asWitnessError(error);
  }
}

function asWitnessError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  // The innermost template comes first; `_2` tells its instances apart.
  const place = /Assert Failed\.\s*Error in template (\w+?)_\d+ line: (\d+)/.exec(error.message);
  return place === null ? error : new WitnessError(place[1]!, Number(place[2]), error);
}
