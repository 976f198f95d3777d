import { getAbiItem, toFunctionSignature } from 'viem';
import { parseProof } from '../../proof/prover/proof-file.js';
import { castArguments, VERIFIER_ABI, verifierCalldata } from '../../proof/verifier/calldata.js';
import { verifierArguments } from '../../proof/verifier/solidity.js';
import { parseIndex, readFileAs } from '../input.js';
import type { Outcome } from '../io.js';
import type { Places } from '../places.js';

export interface CalldataOptions {
  readonly chunk?: string;
}

/** Text: the calldata of each chunk on a line, to be used as it is; JSON: the arguments, too. */
export async function calldataCommand(places: Places, file: string, options: CalldataOptions): Promise<Outcome> {
  const { chunks } = await readFileAs(places, file, parseProof);
  const only = options.chunk === undefined ? null : parseIndex('--chunk', options.chunk, chunks.length);
  const calls = chunks.flatMap((chunk, index) => {
    if (only !== null && index !== only) return [];
    const [transition, proof] = castArguments(verifierArguments(chunk));
    return [{
      chunk: index,
      circuit: chunk.circuit.name,
      verificationKey: chunk.verificationKey,
      ...inDecimals(verifierArguments(chunk)),
      castArguments: [transition, proof],
      calldata: verifierCalldata(chunk),
    }];
  });
  return {
    text: calls.map(({ calldata }) => calldata).join('\n'),
    json: { signature: toFunctionSignature(getAbiItem({ abi: VERIFIER_ABI, name: 'verifyTransition' })), calls },
  };
}

/** Numbers as texts: JSON's do not hold them. */
const inDecimals = (value: object): object =>
  JSON.parse(JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner))) as object;
