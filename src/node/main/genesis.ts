import { mnemonicToAccount } from 'viem/accounts';
import { EvmChain } from '../../rules/evm/chain.js';
import { parseEvmGenesis } from '../../rules/evm/genesis.js';
import type { EvmGenesis } from '../../rules/evm/genesis.js';
import { atRoot, findField, readUnsigned } from '../../state/batch/fields.js';
import { parseJson } from '../../state/batch/json.js';
import type { GenesisBlock } from '../sequencer/begin-chain.js';

/** How a chain begins: its state and its first block. */
export interface Beginning {
  readonly genesis: EvmGenesis;
  readonly block: GenesisBlock;
}

/** What a genesis does not say: gas for a block's transactions, and a base fee of 1 gwei. */
const DEFAULT_BLOCK: GenesisBlock = { timestamp: 0n, gasLimit: 30_000_000n, baseFeePerGas: 10n ** 9n };

/** Words are no mnemonic. */
export class MnemonicError extends Error {
  override readonly name = 'MnemonicError';
}

/** An account of a mnemonic. */
export interface DevelopmentAccount {
  readonly address: `0x${string}`;
}

/**
 * The first accounts of a mnemonic, on the path m/44'/60'/0'/0/i as wallets have them.
 * @throws {MnemonicError} the words are none
 */
export function accountsOf(mnemonic: string, count: number): readonly DevelopmentAccount[] {
  try {
    return Array.from({ length: count }, (_, addressIndex) => mnemonicToAccount(mnemonic, { addressIndex }));
  } catch (cause) {
    throw new MnemonicError('expected a mnemonic of 12 to 24 words of the English list of BIP-39', { cause });
  }
}

/** A chain for development: accounts with ether, and nothing else. */
export function developmentChain(
  chainId: bigint,
  accounts: readonly DevelopmentAccount[],
  balance: bigint,
  gasLimit: bigint,
): Beginning {
  const entries = accounts.map(({ address }) => ({
    address: BigInt(address),
    kind: 'balance' as const,
    slot: 0n,
    value: balance,
  }));
  const genesis = { chain: new EvmChain(chainId), entries, codes: new Map() };
  return { genesis, block: { ...DEFAULT_BLOCK, gasLimit } };
}

/**
 * Reads a genesis file, as geth and others take it.
 * @throws {GenesisError | FieldError} with what was expected, and where
 */
export function readBeginning(text: string): Beginning {
  const genesis = parseEvmGenesis(text);
  const at = atRoot(parseJson(text));
  const read = (name: keyof GenesisBlock, bits: number): bigint => {
    const field = findField(at, name);
    return field === undefined || field.value === null ? DEFAULT_BLOCK[name] : readUnsigned(field, bits);
  };
  return {
    genesis,
    block: {
      timestamp: read('timestamp', 64),
      gasLimit: read('gasLimit', 63),
      baseFeePerGas: read('baseFeePerGas', 256),
    },
  };
}
