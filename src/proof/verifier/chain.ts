import { ACCESSES_PER_STEP } from '../../state/batch/log.js';
import { CATALOGUE } from '../../machine/circuit/catalogue.js';
import { frToHex, ONE, ZERO } from '../../base/field/fr.js';
import type { Fr } from '../../base/field/fr.js';
import type { ChunkProof } from '../prover/proof-file.js';
import type { PublicSignal } from '../../machine/trace/trace.js';

/** The signals with which a chunk starts, and the signals of the previous chunk that they continue. */
const LINKS: readonly (readonly [begin: PublicSignal, before: PublicSignal])[] = [
  ['oldRoot', 'newRoot'],
  ['logHashIn', 'logHash'],
  ['dataIn', 'dataOut'],
  ['x', 'x'],
];

/** The signals with which every batch starts, whatever the state. */
const BEGINNINGS: readonly (readonly [begin: PublicSignal, value: Fr])[] = [
  ['logHashIn', ZERO],
  ['dataIn', ONE],
];

/**
 * Why chunks are not the start of a batch in which each chunk continues the previous one; null if they are. Does not
 * check their proofs, nor whether the signals commit to the logs.
 */
export function brokenChain(chunks: readonly ChunkProof[]): string | null {
  const { publicSignals } = chunks[0]!;
  for (const [signal, value] of BEGINNINGS) {
    const found = publicSignals[signal];
    if (found !== value)
      return `chunks[0] is not the start of a batch: its ${signal} is ${frToHex(found)}, expected ${frToHex(value)}`;
  }
  for (let index = 1; index < chunks.length; index++) {
    const before = chunks[index - 1]!;
    const chunk = chunks[index]!;
    for (const [begin, end] of LINKS) {
      const expected = before.publicSignals[end];
      const found = chunk.publicSignals[begin];
      if (found === expected) continue;
      return `chunks[${index}] does not continue chunks[${index - 1}]: its ${begin} is ${frToHex(found)}, expected the other's ${end} ${frToHex(expected)}`;
    }
    if (before.log.length % ACCESSES_PER_STEP !== 0) {
      return `chunks[${index - 1}] has ${before.log.length} accesses: before another chunk, this must be a multiple of ${ACCESSES_PER_STEP}`;
    }
    const [tree, treeBefore] = [chunk, before].map(({ circuit }) => CATALOGUE[circuit.name].bitsPerLevel);
    if (tree !== treeBefore)
      return `chunks[${index}] has a tree with ${tree} bits per level, but chunks[${index - 1}] has ${treeBefore}`;
  }
  return null;
}
