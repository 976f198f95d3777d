import { encodeFunctionData, parseAbi } from 'viem';
import type { ChunkProof } from '../prover/proof-file.js';
import { PUBLIC_SIGNALS } from '../../machine/trace/trace.js';
import { verifierArguments } from './solidity.js';
import type { VerifierArguments } from './solidity.js';

/**
 * The ABI of an exported verifier's `verifyTransition`, for viem and similar libraries. It is the same for every
 * circuit.
 * @see {@link verifierCalldata}
 */
export const VERIFIER_ABI = parseAbi([
  'struct Transition { uint256 oldRoot; uint256 newRoot; uint256 logHashIn; uint256 logHash; uint256 x; ' +
    'uint256 dataIn; uint256 dataOut; }',
  'struct Proof { uint256[2] a; uint256[2][2] b; uint256[2] c; }',
  'function verifyTransition(Transition transition, Proof proof) view',
  'error SignalOutOfRange(uint256 index)',
  'error InvalidProof()',
]);

/**
 * The calldata that verifies a chunk's proof: the selector of `verifyTransition` and its arguments.
 *
 * @example
 * verifierCalldata(proof.chunks[0]!); // '0x...'
 */
export const verifierCalldata = (chunk: ChunkProof): `0x${string}` => {
  const { transition, proof } = verifierArguments(chunk);
  return encodeFunctionData({ abi: VERIFIER_ABI, functionName: 'verifyTransition', args: [transition, proof] });
};

/**
 * The arguments of `verifyTransition` as text for `cast`: structs in parentheses, lists in square brackets.
 *
 * @example
 * castArguments(verifierArguments(proof.chunks[0]!)).join(' ');
 */
export function castArguments({
  transition,
  proof: { a, b, c },
}: VerifierArguments): readonly [transition: string, proof: string] {
  const list = (items: readonly unknown[]): string => `[${items.join(',')}]`;
  return [
    `(${PUBLIC_SIGNALS.map((name) => transition[name]).join(',')})`,
    `(${list(a)},${list(b.map(list))},${list(c)})`,
  ];
}
