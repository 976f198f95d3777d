import { createRequire } from 'node:module';
import { ContractFunctionRevertedError, encodeFunctionData } from 'viem';
import type { Abi, BaseError, Hex } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FIELD_ORDER } from '../../../src/base/field/fr.js';
import { PUBLIC_SIGNALS } from '../../../src/machine/trace/trace.js';
import { exportVerifier, DevelopmentKeysError, verifierArguments } from '../../../src/proof/verifier/solidity.js';
import type { VerifierArguments } from '../../../src/proof/verifier/solidity.js';
import { read, run, write } from '../../machine/circuits/world.js';
import { circuit, keys, provenTrace } from '../prover/prover.js';
import { startChain } from './anvil.js';
import type { Chain } from './anvil.js';

interface Solc {
  compile(input: string): string;
}
interface Compiled {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly contracts: Record<string, Record<string, { abi: Abi; evm: { bytecode: { object: string } } }>>;
}

function compile(source: string) {
  const solc = createRequire(import.meta.url)('solc') as Solc;
  const input = {
    language: 'Solidity',
    sources: { 'verifier.sol': { content: source } },
    settings: { optimizer: { enabled: true }, outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } } },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input))) as Compiled;
  expect(output.errors ?? []).toEqual([]);
  const { abi, evm } = output.contracts['verifier.sol']!['RootshiftVerifier']!;
  return { abi, bytecode: `0x${evm.bytecode.object}` as Hex };
}

let chain: Chain;
let source: string;
let abi: Abi;
let address: Hex;
let good: VerifierArguments;

beforeAll(async () => {
  const { trace } = await run([[1n, 7n]], [read(1n), write(2n, 5n)], 2);
  good = verifierArguments(await provenTrace(trace));
  source = await exportVerifier(keys, circuit, { allowDevelopment: true });
  const contract = compile(source);
  abi = contract.abi;
  chain = await startChain();
  const hash = await chain.writer.deployContract(contract);
  address = (await chain.reader.waitForTransactionReceipt({ hash })).contractAddress!;
});

afterAll(() => chain?.stop());

const dataOf = ({ transition, proof }: VerifierArguments): Hex =>
  encodeFunctionData({ abi, functionName: 'verifyTransition', args: [transition, proof] });

/** The error with which the contract refuses, and its arguments; null if it accepts. */
async function refusal(transition: Record<string, bigint>, proof: object = good.proof, gas?: bigint): Promise<unknown> {
  const call = {
    abi,
    address,
    functionName: 'verifyTransition',
    args: [transition, proof],
    ...(gas && { gas }),
  } as const;
  try {
    await chain.reader.readContract(call);
    return null;
  } catch (error) {
    const reverted = (error as BaseError).walk((cause) => cause instanceof ContractFunctionRevertedError);
    const { data } = reverted as ContractFunctionRevertedError;
    return { error: data?.errorName, args: data?.args ?? [] };
  }
}

const INVALID = { error: 'InvalidProof', args: [] };

describe('the verifier contract', () => {
  it('accepts a proof, and says which circuit and keys it is for', async () => {
    expect(await refusal(good.transition)).toBeNull();
    const constant = (functionName: string) => chain.reader.readContract({ abi, address, functionName });
    expect(await constant('CIRCUIT')).toBe('s14');
    expect(await constant('CIRCUIT_DIGEST')).toBe(`0x${circuit.digest}`);
    expect(await constant('VERIFICATION_KEY')).toBe(`0x${keys.verificationKeyHash}`);
    expect(await constant('DEVELOPMENT_KEYS')).toBe(true);
  });

  it.each(PUBLIC_SIGNALS)('refuses it with another %s', async (signal) => {
    const value = good.transition[signal];
    expect(await refusal({ ...good.transition, [signal]: value + 1n })).toEqual(INVALID);
  });

  it.each(PUBLIC_SIGNALS)('refuses it with r added to %s', async (signal) => {
    const value = good.transition[signal] + FIELD_ORDER;
    expect(value).toBeLessThan(2n ** 256n);
    expect(await refusal({ ...good.transition, [signal]: value })).toEqual({
      error: 'SignalOutOfRange',
      args: [BigInt(PUBLIC_SIGNALS.indexOf(signal))],
    });
  });

  it('refuses it with a point changed, and with points that are on no curve', async () => {
    const { a, b, c } = good.proof;
    expect(await refusal(good.transition, { a: c, b, c: a })).toEqual(INVALID);
    expect(await refusal(good.transition, { a: [a[0], a[1] + 1n], b, c })).toEqual(INVALID);
    expect(await refusal(good.transition, { a, b: [b[1], b[0]], c })).toEqual(INVALID);
    expect(await refusal(good.transition, { a, b, c: [c[0] + 1n, c[1]] })).toEqual(INVALID);
  });

  it('reads its arguments and nothing beyond them', async () => {
    const data = dataOf(good);
    expect(data.length).toBe(2 + 2 * (4 + 32 * (PUBLIC_SIGNALS.length + 8)));
    await expect(chain.reader.call({ to: address, data })).resolves.toEqual({ data: undefined });
    await expect(chain.reader.call({ to: address, data: `${data}${'ff'.repeat(32)}` })).resolves.toEqual({
      data: undefined,
    });
    await expect(chain.reader.call({ to: address, data: data.slice(0, -2) as Hex })).rejects.toThrow('reverted');
  });

  it('reverts without gas enough, so that an estimate suffices', async () => {
    const { account } = chain.writer;
    const gas = await chain.reader.estimateGas({ account, to: address, data: dataOf(good) });
    const hash = await chain.writer.sendTransaction({ to: address, data: dataOf(good), gas });
    const receipt = await chain.reader.waitForTransactionReceipt({ hash });
    expect(receipt.status).toBe('success');
    // 261,365 when this was written, of which 21,000 are the transaction's.
    expect(receipt.gasUsed).toBeLessThan(270_000n);
    expect(await refusal(good.transition, good.proof, 240_000n)).toEqual(INVALID);
  });
});

describe('a verifier with development keys', () => {
  it('is made only when asked for by name, and says what it is', async () => {
    await expect(exportVerifier(keys, circuit)).rejects.toThrow(DevelopmentKeysError);
    expect(source).toContain('DEVELOPMENT KEYS. NOT FOR PRODUCTION.');
    expect(source).toContain('SPDX-License-Identifier: GPL-3.0');
  });

  it('is not made for another circuit than the keys are for', async () => {
    const other = { ...circuit, digest: '0'.repeat(64) };
    await expect(exportVerifier(keys, other, { allowDevelopment: true })).rejects.toThrow(
      'expected keys of circuit s14',
    );
  });
});
