import { getAbiItem, toFunctionSignature } from 'viem';
import { parseProof } from '../../proof/prover/proof-file.js';
import { castArguments, VERIFIER_ABI, verifierCalldata } from '../../proof/verifier/calldata.js';
import { MERKLE_PROOF_FORMAT, parseMerkleProof } from '../../proof/verifier/merkle-proof.js';
import { verifierArguments } from '../../proof/verifier/solidity.js';
import { STATE_PROOFS_ABI } from '../../proof/verifier/state-proofs-abi.js';
import { stateProofArguments, stateProofCalldata } from '../../proof/verifier/state-proofs.js';
import { formatOf, InputError, jsonOf, parseIndex, readFileAs } from '../input.js';
import type { Outcome } from '../io.js';
import type { Places } from '../places.js';

export interface CalldataOptions {
  readonly chunk?: string;
}

/** Text: the calldata of each call on a line, to be used as it is; JSON: the arguments, too. */
export async function calldataCommand(places: Places, file: string, options: CalldataOptions): Promise<Outcome> {
  const value = await readFileAs(places, file, (text) => jsonOf(file, text));
  if (formatOf(value) !== MERKLE_PROOF_FORMAT) return transitionCalls(places, file, options);
  if (options.chunk !== undefined) throw new InputError(`${file}: expected the proof of a batch beside --chunk, got a Merkle proof`);
  return entryCall(places, file);
}

async function transitionCalls(places: Places, file: string, options: CalldataOptions): Promise<Outcome> {
  const { chunks } = await readFileAs(places, file, parseProof);
  const only = options.chunk === undefined ? null : parseIndex('--chunk', options.chunk, chunks.length);
  const calls = chunks.flatMap((chunk, index) => {
    if (only !== null && index !== only) return [];
    return [{
      chunk: index,
      circuit: chunk.circuit.name,
      verificationKey: chunk.verificationKey,
      ...inDecimals(verifierArguments(chunk)),
      castArguments: castArguments(verifierArguments(chunk)),
      calldata: verifierCalldata(chunk),
    }];
  });
  return {
    text: calls.map(({ calldata }) => calldata).join('\n'),
    json: { signature: toFunctionSignature(getAbiItem({ abi: VERIFIER_ABI, name: 'verifyTransition' })), calls },
  };
}

async function entryCall(places: Places, file: string): Promise<Outcome> {
  const proof = await readFileAs(places, file, parseMerkleProof);
  const calldata = stateProofCalldata(proof);
  const signature = toFunctionSignature(getAbiItem({ abi: STATE_PROOFS_ABI, name: 'requireValue' }));
  return { text: calldata, json: { signature, calls: [{ ...inDecimals(stateProofArguments(proof)), calldata }] } };
}

/** Numbers as texts: JSON's do not hold them. */
const inDecimals = (value: object): object =>
  JSON.parse(JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner))) as object;
