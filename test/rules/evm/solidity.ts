/** Compiles Solidity as examples/token.json was compiled. */
import { createRequire } from 'node:module';
import type { Abi, Hex } from 'viem';

interface Output {
  readonly errors?: readonly { readonly formattedMessage: string }[];
  readonly contracts: Readonly<
    Record<string, Readonly<Record<string, { abi: Abi; evm: { bytecode: { object: string } } }>>>
  >;
}
const solc = createRequire(import.meta.url)('solc') as { compile(input: string): string };

/** The contract of this name in the source. */
export function compileContract(name: string, source: string): { readonly abi: Abi; readonly bytecode: Hex } {
  const settings = {
    evmVersion: 'prague',
    optimizer: { enabled: true, runs: 200 },
    metadata: { appendCBOR: false, bytecodeHash: 'none' },
    outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } },
  };
  const input = { language: 'Solidity', sources: { [name]: { content: source } }, settings };
  const { errors, contracts } = JSON.parse(solc.compile(JSON.stringify(input))) as Output;
  if (errors !== undefined) throw new Error(errors.map(({ formattedMessage }) => formattedMessage).join('\n'));
  const { abi, evm } = contracts[name]![name]!;
  return { abi, bytecode: `0x${evm.bytecode.object}` };
}
