import { getAbiItem, toFunctionSignature } from 'viem';
import { atRoot, hasField } from '../../state/batch/fields.js';
import { parseProof } from '../../proof/prover/proof-file.js';
import { castArguments, VERIFIER_ABI, verifierCalldata } from '../../proof/verifier/calldata.js';
import { merkleProofsOf, parseEthProof } from '../../proof/verifier/eth-proof.js';
import { MERKLE_PROOF_FORMAT, parseMerkleProof } from '../../proof/verifier/merkle-proof.js';
import type { MerkleProof } from '../../proof/verifier/merkle-proof.js';
import { verifierArguments } from '../../proof/verifier/solidity.js';
import { STATE_PROOFS_ABI } from '../../proof/verifier/state-proofs-abi.js';
import { stateProofArguments, stateProofCalldata } from '../../proof/verifier/state-proofs.js';
import { formatOf, inputAs, InputError, jsonOf, parseIndex, readInput } from '../input.js';
import type { Input } from '../input.js';
import type { Outcome } from '../io.js';
import type { Places } from '../places.js';

export interface CalldataOptions {
  readonly chunk?: string;
}

/** Text has one line of calldata per call, ready to send. JSON has the arguments, too. */
export async function calldataCommand(places: Places, file: string, options: CalldataOptions): Promise<Outcome> {
  const input = await readInput(places, file);
  const value = jsonOf(input);
  const isAccount = hasField(atRoot(value), 'accountProof');
  if (!isAccount && formatOf(value) !== MERKLE_PROOF_FORMAT) return transitionCalls(input, options);
  if (options.chunk !== undefined)
    throw new InputError(`${file}: expected the proof of a batch with --chunk, got a Merkle proof`);
  if (!isAccount) return entryCalls([await inputAs(input, parseMerkleProof)]);
  const proofs = merkleProofsOf(await inputAs(input, parseEthProof));
  if (typeof proofs === 'string') throw new InputError(`${file}: expected a valid proof: ${proofs}`);
  return entryCalls(proofs);
}

async function transitionCalls(input: Input, options: CalldataOptions): Promise<Outcome> {
  const { chunks } = await inputAs(input, parseProof);
  const only = options.chunk === undefined ? null : parseIndex('--chunk', options.chunk, chunks.length);
  const calls = chunks.flatMap((chunk, index) => {
    if (only !== null && index !== only) return [];
    return [
      {
        chunk: index,
        circuit: chunk.circuit.name,
        verificationKey: chunk.verificationKey,
        ...inDecimals(verifierArguments(chunk)),
        castArguments: castArguments(verifierArguments(chunk)),
        calldata: verifierCalldata(chunk),
      },
    ];
  });
  return {
    text: calls.map(({ calldata }) => calldata).join('\n'),
    json: { signature: toFunctionSignature(getAbiItem({ abi: VERIFIER_ABI, name: 'verifyTransition' })), calls },
  };
}

function entryCalls(proofs: readonly MerkleProof[]): Outcome {
  const calls = proofs.map((proof) => ({
    ...inDecimals(stateProofArguments(proof)),
    calldata: stateProofCalldata(proof),
  }));
  const signature = toFunctionSignature(getAbiItem({ abi: STATE_PROOFS_ABI, name: 'requireValue' }));
  return { text: calls.map(({ calldata }) => calldata).join('\n'), json: { signature, calls } };
}

/** Numbers become strings: they are too large for JSON's numbers. */
const inDecimals = (value: object): object =>
  JSON.parse(
    JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner)),
  ) as object;
