import { describe, expect, it } from 'vitest';
import { POSEIDON2_KOALABEAR } from '../../../src/linea/suite/poseidon2.js';
import { accountFromHex, accountToHex } from '../../../src/linea/suite/account-bytes.js';
import { emptyTrie } from '../../../src/linea/suite/empty.js';
import { ACCOUNT_TRIE, STORAGE_TRIE } from '../../../src/linea/suite/kind.js';
import type { Digest, Suite } from '../../../src/linea/suite/suite.js';
import { parseTrace, traceToJson } from '../../../src/linea/trace/json.js';
import type { Trace } from '../../../src/linea/trace/trace.js';
import { verifyBlock } from '../../../src/linea/trace/verify-block.js';
import { verifyEach } from '../../../src/linea/trace/verify.js';
import { applyAll } from '../../../src/linea/trie/apply.js';
import { MemoryTrie } from '../../../src/linea/trie/memory-trie.js';
import { applyBlock } from '../../../src/linea/world/apply-block.js';
import { MemoryWorld } from '../../../src/linea/world/world.js';
import { addressOf, draws, Model, remembering, slotOf } from '../world/blocks.js';

const LONG = process.env['ROOTSHIFT_LONG'] !== undefined;
const suite = remembering(POSEIDON2_KOALABEAR);

interface Block {
  readonly oldRoot: Digest;
  readonly newRoot: Digest;
  readonly traces: readonly Trace[];
}

async function blocksOf(count: number): Promise<Block[]> {
  const world = new MemoryWorld(suite);
  const model = new Model();
  const draw = draws(11);
  const blocks: Block[] = [];
  for (let i = 0; i < count; i++) {
    const block = await applyBlock(suite, world, model.next(draw));
    await world.commit(block.change);
    blocks.push(block);
  }
  return blocks;
}

const blocks = await blocksOf(LONG ? 60 : 14);

/** Whether a block's traces, with the root that they have to lead to, are refused. */
async function isRefused(block: Block, traces: readonly Trace[]): Promise<boolean> {
  const verdict = await verifyBlock(suite, block.oldRoot, traces);
  return !verdict.isAccepted || verdict.newRoot !== block.newRoot;
}

type Json = null | number | string | readonly Json[] | { readonly [name: string]: Json };

/**
 * A value with one field of it changed, once for each field; of a path, four of its siblings. The key of what is absent
 * stays: another absent key in the same gap makes another true trace.
 */
function* changed(json: Json): Generator<Json> {
  if (typeof json === 'number') {
    yield json + 1;
    if (json > 0) yield json - 1;
  } else if (typeof json === 'string') {
    const flip = (at: number): string => json.slice(0, at) + (json[at] === '0' ? '1' : '0') + json.slice(at + 1);
    if (json === '0x') {
      yield addressOf(3);
      return;
    }
    // Of an account, each of its six words.
    for (let at = json.length - 1; at > 1; at -= 64) yield flip(at);
    yield flip(2);
    yield json.slice(0, -2);
  } else if (Array.isArray(json)) {
    for (const i of json.length === 40 ? [0, 1, 17, 39] : json.keys()) {
      for (const item of changed(json[i]!)) yield json.with(i, item);
    }
    yield json.slice(1);
  } else {
    for (const [name, value] of Object.entries(json!)) {
      if (name === 'key' && 'leftLeaf' in json!) continue;
      for (const other of changed(value)) yield { ...(json as object), [name]: other };
    }
  }
}

/** The trace of a changed JSON; null if it is none. */
function reread(json: Json): Trace | null {
  try {
    return parseTrace(JSON.stringify(json));
  } catch {
    return null;
  }
}

const isWrite = ({ kind }: Trace): boolean => kind !== 'read' && kind !== 'read-zero';

describe('a block of traces', () => {
  it('is accepted as it is', async () => {
    const kinds = new Set(
      blocks.flatMap(({ traces }) => traces.map(({ kind, location }) => `${kind} ${location.length}`)),
    );
    expect(kinds.size).toBe(10);
    for (const block of blocks) expect(await isRefused(block, block.traces)).toBe(false);
  });

  it('is refused with any single field changed, at least 2,000 times', async () => {
    let refused = 0;
    const accepted: unknown[] = [];
    for (const [number, block] of blocks.entries()) {
      for (const [i, trace] of block.traces.entries()) {
        // Every trace of every kind at least once; not all of them always.
        if (!LONG && (i + number) % 2 !== 0) continue;
        for (const json of changed(traceToJson(trace) as Json)) {
          const other = reread(json);
          if (other === null || (await isRefused(block, block.traces.with(i, other)))) refused++;
          else accepted.push([number, i, json]);
        }
      }
    }
    expect(accepted).toEqual([]);
    expect(refused).toBeGreaterThanOrEqual(2000);
  });

  it('is refused with a trace dropped, doubled, swapped or moved, at least 200 times', async () => {
    let refused = 0;
    const accepted: unknown[] = [];
    const tryOne = async (what: string, block: Block, traces: readonly Trace[]): Promise<void> => {
      if (await isRefused(block, traces)) refused++;
      else accepted.push([what, traces.map(({ kind, location }) => `${location} ${kind}`)]);
    };
    for (const block of blocks) {
      const { traces } = block;
      for (const [i, trace] of traces.entries()) {
        // A read may be left out without a trace, and the read of an account may come before its storage or after.
        if (isWrite(trace)) await tryOne(`dropped ${trace.kind}`, block, traces.toSpliced(i, 1));
        await tryOne(`doubled ${trace.kind}`, block, traces.toSpliced(i, 0, trace));
        const next = traces[i + 1];
        const isAccountRead = ({ kind, location }: Trace): boolean => kind === 'read' && location === '0x';
        if (next === undefined || isAccountRead(trace) || isAccountRead(next)) continue;
        // A slot that is absent before an account is destroyed, and after it is made again, may be shown so at either
        // time.
        if (trace.kind === 'read-zero' && next.kind === 'delete' && next.location === '0x') continue;
        await tryOne(`swapped ${trace.kind}`, block, traces.with(i, next).with(i + 1, trace));
        if (i + 2 < traces.length) await tryOne(`moved ${trace.kind}`, block, [...traces.toSpliced(i, 1), trace]);
      }
    }
    expect(accepted).toEqual([]);
    expect(refused).toBeGreaterThanOrEqual(200);
  });

  it('is refused from any other root', async () => {
    for (const block of blocks.filter(({ traces }) => traces.length > 0)) {
      expect(await isRefused({ ...block, oldRoot: block.oldRoot ^ 1n }, block.traces)).toBe(true);
    }
  });

  it('of nothing keeps the root', async () => {
    expect(await verifyBlock(suite, 5n, [])).toEqual({ isAccepted: true, oldRoot: 5n, newRoot: 5n });
  });
});

describe("the reference's holes", () => {
  const key = slotOf(7);

  /** HEAD's or TAIL's leaf shown as the entry of a key that is not there. */
  async function falseRead(sentinel: 0 | 1): Promise<Trace> {
    const trie = await MemoryTrie.empty(suite);
    const operations = [{ kind: 'read', key }] as const;
    const [applied] = await applyAll(suite, [{ reader: trie, kind: STORAGE_TRIE, location: addressOf(1), operations }]);
    const absent = applied!.traces[0] as Trace & { readonly kind: 'read-zero' };
    const { location, nextFreeNode, subRoot } = absent;
    const leaf = sentinel === 0 ? absent.leftLeaf : absent.rightLeaf;
    const proof = sentinel === 0 ? absent.leftProof : absent.rightProof;
    return { kind: 'read', location, key, nextFreeNode, subRoot, leaf, proof, value: slotOf(99) };
  }

  it('a read of HEAD or TAIL shows no value of any key', async () => {
    for (const sentinel of [0, 1] as const) {
      expect(await verifyEach(suite, STORAGE_TRIE, [await falseRead(sentinel)])).toEqual([expect.any(Error)]);
    }
  });

  it('a key that hashes to that of HEAD or TAIL is refused, even if all else holds', async () => {
    for (const sentinel of [0, 1] as const) {
      const read = (await falseRead(sentinel)) as Trace & { readonly kind: 'read' };
      const hashing = (hKey: Digest): Suite => ({
        ...suite,
        words: async (words: readonly bigint[]) => words.map((x) => (x === BigInt(key) ? hKey : read.leaf.hVal)),
      });
      const [step] = await verifyEach(hashing(read.leaf.hKey), STORAGE_TRIE, [read]);
      expect(step).toMatchObject({ message: expect.stringContaining('HEAD and TAIL') });
    }
  });

  it('an account is not created with storage that no trace fills, and is with storage that traces fill', async () => {
    const world = new MemoryWorld(suite);
    const slots = [{ slot: slotOf(1), after: 1n }];
    const accounts = [{ address: addressOf(1), after: { nonce: 1n, balance: 1n }, isDestroyed: false, slots }];
    const { oldRoot, newRoot, traces } = await applyBlock(suite, world, { accounts });
    expect(await verifyBlock(suite, oldRoot, traces)).toEqual({ isAccepted: true, oldRoot, newRoot });
    const verdict = await verifyBlock(suite, oldRoot, traces.slice(1));
    expect(verdict).toMatchObject({ isAccepted: false, reason: expect.stringContaining('storage root changes') });
  });

  it('an account does not get another storage root without traces of its storage', async () => {
    const { topRoot } = await emptyTrie(suite);
    const bare = { nonce: 1n, balance: 1n, codeHash: 5n, keccakCodeHash: 6n, codeSize: 7n };
    const value = accountToHex({ ...bare, storageRoot: topRoot });
    const swap = async (storageRoot: Digest): Promise<boolean> => {
      const trie = await MemoryTrie.empty(suite);
      const put = (account: string) =>
        applyAll(suite, [
          {
            reader: trie,
            kind: ACCOUNT_TRIE,
            location: '0x',
            operations: [{ kind: 'put', key: addressOf(1), value: account as `0x${string}` }],
          },
        ]);
      trie.commit((await put(value))[0]!.change);
      const [oldRoot] = await suite.tops([await trie.state()]);
      const after = { ...accountFromHex(suite, value), balance: 2n, storageRoot };
      const [applied] = await put(accountToHex(after));
      return (await verifyBlock(suite, oldRoot!, applied!.traces)).isAccepted;
    };
    expect(await swap(topRoot)).toBe(true);
    expect(await swap(topRoot ^ 1n)).toBe(false);
  });

  it('a trace of a kind that its place does not allow is refused', async () => {
    // Storage that is written before the account is only read.
    const block = blocks.find(({ traces }) =>
      traces.some(
        ({ kind, location }, i) => kind === 'update' && location === '0x' && traces[i - 1]?.kind === 'insert',
      ),
    )!;
    const at = block.traces.findIndex(
      ({ kind, location }, i) => kind === 'update' && location === '0x' && block.traces[i - 1]?.kind === 'insert',
    );
    const update = block.traces[at] as Trace & { readonly kind: 'update' };
    const read: Trace = {
      kind: 'read',
      location: '0x',
      key: update.key,
      nextFreeNode: update.newNextFreeNode,
      subRoot: update.oldSubRoot,
      leaf: update.priorUpdatedLeaf,
      proof: update.proof,
      value: update.oldValue,
    };
    const verdict = await verifyBlock(suite, block.oldRoot, block.traces.with(at, read));
    expect(verdict).toMatchObject({ isAccepted: false });
  });
});
