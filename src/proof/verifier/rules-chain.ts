import { frToHex, ZERO } from '../../base/field/fr.js';
import type { Fr } from '../../base/field/fr.js';
import { RULES_SIGNALS } from '../../machine/circuit/rules-catalogue.js';
import type { RulesSignal } from '../../machine/circuit/rules-catalogue.js';
import { BATCH_START } from '../../rules/common/publics.js';
import type { RulesPublics } from '../../rules/common/publics.js';
import { RECORDS_PER_STEP, recordsPolynomial, transactionsHash } from '../../rules/common/records.js';
import type { RulesChunkProof } from '../prover/rules-proof-file.js';

/** The signals with which a chunk starts, and those of the chunk before that they continue. */
const LINKS: readonly (readonly [begin: RulesSignal, before: RulesSignal])[] = [
  ['logHashIn', 'logHash'],
  ['txHashIn', 'txHash'],
  ['dataIn', 'dataOut'],
  ['carryIn', 'carryOut'],
  ['x', 'x'],
  ['context', 'context'],
];

/**
 * Why chunks of rules are not one whole batch of their records; null if they are. Whether their proofs hold is not
 * looked at.
 */
export function brokenRulesChain(chunks: readonly RulesChunkProof[], context: Fr): string | null {
  for (const [index, chunk] of chunks.entries()) {
    const before = chunks[index - 1]?.publicSignals;
    const start = before === undefined ? { ...BATCH_START, context } : continued(before);
    const wrong =
      wrongSignal(chunk, start) ??
      wrongSignal(chunk, commitments(chunk)) ??
      wrongCut(chunk, index === chunks.length - 1 ? 'last' : 'inner');
    if (wrong !== null) return `rulesChunks[${index}]: ${wrong}`;
  }
  const { carryOut } = chunks.at(-1)!.publicSignals;
  return carryOut === ZERO ? null : `expected a batch that ends with carryOut 0, got ${carryOut}`;
}

type Expected = Partial<Readonly<Record<RulesSignal, Fr>>>;

const continued = (before: RulesPublics): Expected =>
  Object.fromEntries(LINKS.map(([begin, end]) => [begin, before[end]]));

const commitments = ({ publicSignals, records }: RulesChunkProof): Expected => ({
  txHash: transactionsHash(records, publicSignals),
  dataOut: recordsPolynomial(publicSignals.x, records, publicSignals),
});

function wrongSignal({ publicSignals }: RulesChunkProof, expected: Expected): string | null {
  const name = RULES_SIGNALS.find((one) => expected[one] !== undefined && expected[one] !== publicSignals[one]);
  if (name === undefined) return null;
  return `expected ${name} = ${frToHex(expected[name]!)}, the proof is for ${frToHex(publicSignals[name])}`;
}

/** A chunk that ends within a step of the sponges is the last: what comes after would have another commitment. */
function wrongCut({ records }: RulesChunkProof, place: 'inner' | 'last'): string | null {
  if (place === 'last' || records.length % RECORDS_PER_STEP === 0) return null;
  return `expected a multiple of ${RECORDS_PER_STEP} records before the last chunk, got ${records.length}`;
}
