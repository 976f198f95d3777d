// Replays the accesses of Ethereum mainnet block 20,472,570 on the state recorded with them (docs/benchmarks.md says
// what of it is not the chain's): executes all of its accesses, checks the trace row by row, and proves one chunk of
// it.
//   npx tsx examples/replay-block.ts [CIRCUIT]      s18 by default, a minute the first time; s16 is faster
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  ArtifactStore,
  CATALOGUE,
  checkTrace,
  CIRCUIT_NAMES,
  compileCircuit,
  DEFAULT_CIRCUITS,
  describeVerdict,
  describeViolation,
  execute,
  frToHex,
  parseBatch,
  planChunks,
  prove,
  provingKeys,
  startingState,
  verifyProof,
} from 'rootshift';

const [argument = DEFAULT_CIRCUITS[2]] = process.argv.slice(2);
const name = CIRCUIT_NAMES.find((known) => known === argument);
if (name === undefined) throw new Error(`expected one of ${CIRCUIT_NAMES.join(', ')}, got ${argument}`);
const block = parseBatch(await readFile(new URL('mainnet-block-20472570.json', import.meta.url), 'utf8'));

// All of it, executed. Nothing is believed that the block says of its reads: each is compared with the state.
const { reader, root } = await startingState(null, block);
const { trace } = await execute(reader, root, block);
const violation = checkTrace(trace);
if (violation !== null) throw new Error(describeViolation(violation));
const { log, keys, reads, publics } = trace;
console.log(
  `Executed and checked ${log.length} accesses of ${block.transactionSizes.length} transactions to ${keys.length} keys, ${keys.length - reads.length} of them changed.`,
);
console.log(`  from root ${frToHex(publics.oldRoot)}\n  to root   ${frToHex(publics.newRoot)}`);

// The first chunk of it, proven: as many accesses as the circuit holds. To prove them all, `proveBatch` does every
// chunk.
const { value: chunk } = await planChunks({ reader, root, batch: block, sizes: [CATALOGUE[name]] }).next();
if (!chunk) throw new Error('expected a block with accesses, got one without');
const store = new ArtifactStore(path.join('.rootshift', 'artifacts'));
const circuit = await compileCircuit(store, name);
const provingKey = await provingKeys(store, circuit); // development keys: whoever made them can forge proofs
const { proof, timings } = await prove({ trace: chunk.trace, circuit, keys: provingKey });
console.log(
  `Proved the first ${chunk.accesses} of them by circuit ${circuit.name} in ${(timings.prove / 1000).toFixed(1)} s.`,
);

// What a verifier does, who has the accesses, the verification key, and a root that it knows to be good.
const verdict = await verifyProof({
  proof: { chunks: [proof] },
  keys: [provingKey],
  batch: block.accesses.slice(0, chunk.accesses),
  acceptedRoots: [publics.oldRoot],
});
console.log(describeVerdict(verdict));
process.exitCode = verdict.valid ? 0 : 1;
