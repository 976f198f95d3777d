/** The smallest circuits and their development keys, made once and kept, for tests that prove. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { ArtifactStore } from '../../../src/machine/circuit/artifacts.js';
import { compileCircuit } from '../../../src/machine/circuit/compile.js';
import type { CompiledCircuit } from '../../../src/machine/circuit/compile.js';
import { provingKeys } from '../../../src/proof/prover/keys.js';
import type { ProvingKeys } from '../../../src/proof/prover/keys.js';
import { formatProof, parseProof, PROOF_VERSION } from '../../../src/proof/prover/proof-file.js';
import type { ChunkProof } from '../../../src/proof/prover/proof-file.js';
import { SNARKJS } from '../../../src/proof/prover/program.js';
import { LocalQueue } from '../../../src/proof/prover/queue.js';
import { formatTrace } from '../../../src/machine/trace/file.js';
import type { Trace } from '../../../src/machine/trace/trace.js';

export const STORE = new ArtifactStore(fileURLToPath(new URL('../../../.rootshift/artifacts/', import.meta.url)));
export const circuit = await compileCircuit(STORE, 's14');
export const keys = await provingKeys(STORE, circuit);

/** The same over a binary tree. */
export async function binaryProver(): Promise<{ circuit: CompiledCircuit; keys: ProvingKeys }> {
  const binary = await compileCircuit(STORE, 's14b');
  return { circuit: binary, keys: await provingKeys(STORE, binary) };
}

/** Kept until the file's tests are done: its witness program takes longer to load than to do its part. */
let queue: LocalQueue | null = null;
afterAll(() => queue?.close());

/** Proves a trace by the smallest circuit, or takes the proof that an earlier run made of it with the same keys. */
export async function provenTrace(trace: Trace, by: ProvingKeys = keys): Promise<ChunkProof> {
  const { folder } = await STORE.ensure(
    'test-proof',
    [String(PROOF_VERSION), by.verificationKeyHash, formatTrace(trace)],
    async (scratch) => {
      const { proof } = await (queue ??= new LocalQueue({ programs: [SNARKJS] })).prove({ trace, circuit, keys: by });
      await writeFile(path.join(scratch, 'proof.json'), formatProof({ chunks: [proof] }));
      return {};
    },
  );
  return parseProof(await readFile(path.join(folder, 'proof.json'), 'utf8')).chunks[0]!;
}
