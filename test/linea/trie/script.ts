import { expect } from 'vitest';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { accountToHex } from '../../../src/linea/suite/account-bytes.js';
import { emptyTrie } from '../../../src/linea/suite/empty.js';
import { STORAGE_TRIE } from '../../../src/linea/suite/kind.js';
import type { TrieKind } from '../../../src/linea/suite/kind.js';
import { bytesToNumber } from '../../../src/linea/suite/suite.js';
import type { Hex, Opening } from '../../../src/linea/suite/suite.js';
import type { Trace } from '../../../src/linea/trace/trace.js';
import { applyAll } from '../../../src/linea/trie/apply.js';
import { MemoryTrie } from '../../../src/linea/trie/memory-trie.js';
import { hex } from '../vectors.js';
import type { PublishedSuite } from '../vectors.js';

interface AccountFields {
  readonly nonce: number;
  readonly balance: number;
  readonly storageRoot: string;
  readonly codeHash: string;
  readonly keccakCodeHash: string;
  readonly codeSize: number;
}

export interface Step {
  readonly op: 'none' | 'put' | 'del' | 'read' | 'dec' | 'getProof';
  readonly trie?: Hex;
  readonly key: Hex;
  readonly value?: Hex | AccountFields;
  readonly expect?: Readonly<Record<string, unknown>>;
}

export interface Script {
  readonly kind?: 'raw' | 'account';
  readonly steps: readonly Step[];
}

/** Runs a script; the traces of its steps in order. */
export class Runner {
  readonly tries = new Map<Hex, MemoryTrie>();
  readonly traces: Trace[] = [];

  constructor(
    readonly suite: PublishedSuite,
    readonly main: TrieKind,
  ) {}

  async trie(location: Hex): Promise<MemoryTrie> {
    const trie = this.tries.get(location) ?? (await MemoryTrie.empty(this.suite));
    this.tries.set(location, trie);
    return trie;
  }

  async top(location: Hex): Promise<bigint> {
    const [top] = await this.suite.tops([await (await this.trie(location)).state()]);
    return top!;
  }

  async step({ op, trie: location = '0x', key, value, expect: expected }: Step): Promise<void> {
    const trie = await this.trie(location);
    if (op === 'dec') {
      const state = await trie.state();
      trie.commit({ state: { ...state, nextFreeNode: state.nextFreeNode - 1 }, nodes: [], leaves: new Map() });
    } else if (op !== 'none' && op !== 'getProof') {
      const kind = location === '0x' ? this.main : STORAGE_TRIE;
      const put = { kind: 'put', key, value: await this.#valueOf(value) } as const;
      const operations = [op === 'put' ? put : { kind: op === 'del' ? ('delete' as const) : ('read' as const), key }];
      const [applied] = await applyAll(this.suite, [{ reader: trie, kind, location, operations }]);
      trie.commit(applied!.change);
      this.traces.push(applied!.traces[0]!);
    }
    if (expected !== undefined) await this.#check(location, expected);
  }

  async #valueOf(value: Step['value']): Promise<Hex> {
    if (value === undefined || typeof value === 'string') return value ?? '0x';
    const { storageRoot, codeHash, keccakCodeHash } = value;
    const digest = async (text: string, empty: () => Promise<bigint>): Promise<bigint> =>
      text === 'EMPTY' ? empty() : text.startsWith('@') ? this.top(text.slice(1) as Hex) : BigInt(text);
    return accountToHex({
      nonce: BigInt(value.nonce),
      balance: BigInt(value.balance),
      storageRoot: await digest(storageRoot, async () => (await emptyTrie(this.suite)).topRoot),
      codeHash: await digest(codeHash, () => this.suite.code(new Uint8Array())),
      keccakCodeHash: await digest(keccakCodeHash, async () => bytesToNumber(keccak_256(new Uint8Array()))),
      codeSize: BigInt(value.codeSize),
    });
  }

  async #check(location: Hex, expected: Readonly<Record<string, unknown>>): Promise<void> {
    const trie = await this.trie(location);
    const { nextFreeNode, subRoot } = await trie.state();
    const openingOf = async (index: number): Promise<Opening> => (await trie.leaves([index]))[0]!.opening;
    const last = async (): Promise<Opening> => openingOf(nextFreeNode - 1);
    for (const [name, value] of Object.entries(expected)) {
      const index = Number(/\d+$/.exec(name)?.[0]);
      const found = name.startsWith('open')
        ? toJson(await openingOf(index))
        : name.startsWith('leaf')
          ? hex((await trie.nodes(0, [index]))[0]!)
          : await {
              nfn: async () => nextFreeNode,
              sub: async () => hex(subRoot),
              top: async () => hex(await this.top(location)),
              hkey: async () => hex((await last()).hKey),
              hval: async () => hex((await last()).hVal),
            }[name as 'nfn']();
      expect([name, found]).toEqual([name, value]);
    }
  }
}

const toJson = ({ hKey, hVal, prevLeaf, nextLeaf }: Opening): unknown => ({
  hkey: hex(hKey),
  hval: hex(hVal),
  prevLeaf,
  nextLeaf,
});
