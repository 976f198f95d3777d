import { encodeFunctionData } from 'viem';
import { KINDS } from '../../state/batch/access.js';
import type { MerkleProof } from './merkle-proof.js';
import { STATE_PROOFS_ABI } from './state-proofs-abi.js';

/**
 * The arguments of `requireValue` of contracts/StateProofs.sol, in order.
 * @see {@link stateProofArguments}
 */
export interface StateProofArguments {
  readonly root: bigint;
  readonly entry: { readonly kind: number; readonly account: `0x${string}`; readonly slot: bigint };
  readonly value: bigint;
  readonly path: {
    readonly bitsPerLevel: number;
    readonly siblings: readonly bigint[];
    readonly otherLeaf: boolean;
    readonly otherKey: bigint;
    readonly otherValue: bigint;
  };
}

/**
 * A Merkle proof as the arguments of `requireValue`: field elements as 256-bit words, siblings in one list from the
 * root down.
 *
 * @example
 * stateProofArguments(merkle).path.siblings.length;
 */
export function stateProofArguments({
  root,
  address,
  kind,
  slot,
  value,
  bitsPerLevel,
  siblings,
  otherLeaf,
}: MerkleProof): StateProofArguments {
  return {
    root,
    entry: { kind: KINDS[kind], account: `0x${address.toString(16).padStart(40, '0')}`, slot },
    value,
    path: {
      bitsPerLevel,
      siblings: siblings.flat(),
      otherLeaf: otherLeaf !== null,
      otherKey: otherLeaf?.key ?? 0n,
      otherValue: otherLeaf?.value ?? 0n,
    },
  };
}

/**
 * The calldata with which `StateProofs` verifies a Merkle proof; the call reverts unless the proof is valid.
 *
 * @example
 * stateProofCalldata(await proveEntry(db, entry)); // '0x...'
 */
export function stateProofCalldata(proof: MerkleProof): `0x${string}` {
  const { root, entry, value, path } = stateProofArguments(proof);
  return encodeFunctionData({ abi: STATE_PROOFS_ABI, functionName: 'requireValue', args: [root, entry, value, path] });
}
