/** Random transactions for a chain of Prague: what EVMs disagree about, in short programs. */
import { getContractAddress, numberToHex } from 'viem';
import type { Hex } from 'viem';

/** A deterministic source of randomness (mulberry32). */
export class Random {
  #state: number;
  constructor(seed: number) {
    this.#state = seed;
  }
  /** From 0 to `count` - 1. */
  below(count: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let x = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return Math.floor((((x ^ (x >>> 14)) >>> 0) / 2 ** 32) * count);
  }
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }
}

const push = (number: bigint | number): string => {
  const digits = BigInt(number).toString(16);
  const even = digits.length % 2 === 0 ? digits : `0${digits}`;
  return (0x5f + even.length / 2).toString(16) + even;
};

/** A few opcodes that leave the stack as it was. */
function snippet(random: Random, addresses: readonly Hex[]): string {
  const slot = (): string => push(random.below(4));
  const word = (): string => push(random.pick([0, 0, 1, 2, 255, 2n ** 128n, 2n ** 256n - 1n]));
  const address = (): string => push(BigInt(random.pick(addresses)));
  const call = (
    opcode: string,
    value: string,
    to: string,
    gas = push(random.pick([2300, 30_000, 200_000])),
  ): string => {
    const input = push(random.pick([0, 32, 128, 192]));
    const output = push(random.pick([0, 64]));
    return `${output}${push(0)}${input}${push(0)}${value}${to}${gas}${opcode}50`;
  };
  const value = (): string => push(random.pick([0, 0, 1, 1000, 10n ** 30n]));
  const precompile = (): string => push(random.pick([1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 15, 16, 17]));
  const stored = (opcode: string): string => `${opcode}${slot()}55`;
  return random.pick([
    () => `${word()}${slot()}55`,
    () => `${word()}${slot()}55`,
    () => `${slot()}54${slot()}55`,
    () => `${slot()}54${push(1)}01${slot()}55`,
    () => `${word()}${slot()}5d${slot()}5c${slot()}55`,
    () => stored(`${address()}31`),
    () => stored(`${address()}3b`),
    () => stored(`${address()}3f`),
    () => stored('47'),
    () =>
      stored(random.pick(['30', '32', '33', '34', '36', '3a', '41', '42', '43', '44', '45', '46', '48', '4a', '5a'])),
    () => stored(`${push(1)}430340`),
    () => `${word()}${push(32 * random.below(6))}52`,
    () => `${push(64)}${push(0)}${push(32)}5e`,
    () => stored(`${push(64)}${push(0)}20`),
    () => `${word()}${word()}${push(32)}${push(0)}a2`,
    () => call('f1', value(), address()),
    () => call('f1', value(), address()),
    () => call('f2', value(), address()),
    () => call('f4', '', address()),
    () => call('fa', '', address()),
    () => call('f1', value(), precompile()),
    () => call('fa', '', precompile()),
    // CREATE and CREATE2 of code that stores, returns a byte, reverts or destroys itself.
    () => {
      const code = random.pick([
        '6001600055600160005260206000f3',
        '60016000f3',
        '60006000fd',
        '33ff',
        '60016001556001ff',
      ]);
      const stash = `${push(BigInt(`0x${code.padEnd(64, '0')}`))}${push(0)}52`;
      const isSalted = random.below(2) === 0;
      const create = isSalted
        ? `${push(random.below(2))}${push(code.length / 2)}${push(0)}${value()}f5`
        : `${push(code.length / 2)}${push(0)}${value()}f0`;
      return `${stash}${create}${slot()}55`;
    },
    () => `3d${slot()}55`,
  ])();
}

function program(random: Random, addresses: readonly Hex[]): string {
  const body = Array.from({ length: 1 + random.below(8) }, () => snippet(random, addresses)).join('');
  const end = random.pick([
    '00',
    '00',
    '00',
    '60206000f3',
    '60206000fd',
    'fe',
    `${push(BigInt(random.pick(addresses)))}ff`,
  ]);
  return body + end;
}

export interface RandomRequest {
  /** Which of the accounts signs. */
  readonly from: number;
  readonly type: 'legacy' | 'eip2930' | 'eip1559' | 'eip7702';
  readonly to?: Hex;
  readonly value: bigint;
  readonly data: Hex;
  readonly gas: bigint;
  readonly accessList?: readonly { readonly address: Hex; readonly storageKeys: readonly Hex[] }[];
  /** Of type 4: who delegates to what, and how far the nonce is from the right one. */
  readonly authorization?: { readonly signer: number; readonly target: Hex; readonly off: number };
}

/** Code that deploys a program of any length: copies what comes after it, and returns it. */
const deploying = (runtime: string): Hex =>
  `0x61${(runtime.length / 2).toString(16).padStart(4, '0')}80600c6000396000f3${runtime}`;

/**
 * The next transaction.
 * @param contracts where contracts may be
 */
export function randomRequest(random: Random, signers: readonly Hex[], contracts: readonly Hex[]): RandomRequest {
  const from = random.below(signers.length);
  const fresh = numberToHex(0x10000n + BigInt(random.below(1000)), { size: 20 });
  const known = [...signers, ...contracts, ...contracts, fresh];
  const type = random.pick(['legacy', 'eip2930', 'eip1559', 'eip1559', 'eip7702'] as const);
  const value = random.pick([0n, 0n, 1n, 10n ** 15n]);
  const gas = random.pick([60_000n, 150_000n, 500_000n, 2_000_000n]);
  const isDeployment = type !== 'eip7702' && (contracts.length < 4 || random.below(3) === 0);
  const data = isDeployment
    ? random.below(6) === 0
      ? (`0x${program(random, known)}` as const)
      : deploying(program(random, known))
    : random.pick(['0x', '0x00', `0x${'ab'.repeat(70)}`] as const);
  const to = random.pick(known);
  return {
    from,
    type,
    ...(!isDeployment && { to }),
    value,
    data,
    gas,
    ...(type !== 'legacy' && {
      accessList: random.pick([[], [{ address: to, storageKeys: [numberToHex(random.below(4), { size: 32 })] }]]),
    }),
    ...(type === 'eip7702' && {
      authorization: {
        signer: random.below(signers.length),
        target: random.pick([...known, numberToHex(0, { size: 20 })]),
        off: random.pick([0, 0, 0, 1]),
      },
    }),
  };
}

/** Where a deployment puts its contract. */
export const deployedAt = (from: Hex, nonce: bigint): Hex => getContractAddress({ from, nonce });
