/**
 * What a dishonest prover can do: a proof of a write whose value has the limbs 0 and 2^128 + lo instead of 1 and lo.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { poseidon } from '../../src/base/hash/poseidon.js';
import { accessElements, rawKey } from '../../src/state/batch/encoding.js';
import { add, mul, ONE, toFr } from '../../src/base/field/fr.js';
import type { Fr } from '../../src/base/field/fr.js';
import { SNARKJS, runProver } from '../../src/proof/prover/program.js';
import { chunkArgument } from '../../src/settlement/contracts.js';
import type { Write } from '../../src/settlement/data.js';
import type { PublicSignals } from '../../src/machine/trace/trace.js';
import type { Groth16Proof } from '../../src/base/untyped/snarkjs.js';
import { WitnessCalculator } from '../../src/machine/witness/calculate.js';
import { circuitInputs } from '../../src/machine/witness/inputs.js';
import type { CircuitInputs } from '../../src/machine/witness/inputs.js';
import { run } from '../machine/circuits/world.js';
import { USUAL } from './world.js';

/**
 * @param write one whose value's upper limb is 1, into the empty state
 * @param pointOf the point for a log's commitment
 */
export async function outOfRangeProof(write: Write, pointOf: (logHash: Fr) => Fr) {
  const [tag, slotHi, slotLo, , lo] = accessElements(write);
  const limbs = [0n, toFr(lo + 2n ** 128n)].map(toFr);
  const elements = [tag, slotHi, slotLo, ...limbs] as Fr[];
  const padding = Array.from({ length: 10 }, () => toFr(0n));
  const hash = poseidon.permute(toFr(0n), [...elements, ...padding, toFr(2n)], 1)[0]!;
  const x = pointOf(hash);
  const dataOut = elements.reduce<Fr>((sum, element) => add(mul(sum, x), element), ONE);

  const { trace } = await run([], [write], 2, { x });
  const { accountTag } = rawKey(write);
  const key = poseidon.hash([accountTag, slotHi, slotLo]);
  // The leaf of a tree with two bits a level, whose limbs nobody checks here.
  const newRoot = poseidon.permute(1n, [key, ...limbs], 1)[0]!;
  const publicSignals: PublicSignals = { ...trace.publics, newRoot, logHash: hash, dataOut };
  const inputs = circuitInputs(trace, USUAL.circuit.size);
  const log = inputs['elements'] as readonly (readonly bigint[])[];
  const proof = await proofOf({ ...inputs, ...publicSignals, elements: [elements, ...log.slice(1)], rowNew: [limbs] });
  return chunkArgument({ ...fileOf(publicSignals), proof }, false);
}

/** Whatever the inputs say, as long as the circuit takes it. */
async function proofOf(inputs: CircuitInputs): Promise<Groth16Proof> {
  const folder = await mkdtemp(path.join(tmpdir(), 'rootshift-test-'));
  const calculator = new WitnessCalculator();
  try {
    const wtns = path.join(folder, 'witness.wtns');
    await calculator.write(inputs, USUAL.circuit.wasm, wtns);
    const run = { zkey: USUAL.keys.zkey, wtns, folder, timeoutMs: 600_000, signal: new AbortController().signal };
    return (await runProver(SNARKJS, run)).proof;
  } finally {
    await calculator.close();
    await rm(folder, { recursive: true });
  }
}

const fileOf = (publicSignals: PublicSignals) => ({
  circuit: { name: USUAL.circuit.name, digest: USUAL.circuit.digest },
  setup: USUAL.keys.setup,
  verificationKey: USUAL.keys.verificationKeyHash,
  publicSignals,
  log: [],
});
