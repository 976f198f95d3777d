import { describe, expect, it } from 'vitest';
import { POSEIDON2_KOALABEAR } from '../../../src/linea/suite/poseidon2.js';
import { STORAGE_TRIE } from '../../../src/linea/suite/kind.js';
import type { TrieKind } from '../../../src/linea/suite/kind.js';
import type { Hex } from '../../../src/linea/suite/suite.js';
import { MemoryDriver } from '../../../src/state/hashdb/memory.js';
import { proveAccount, verifyAccountProof } from '../../../src/linea/proof/account-proof.js';
import type { AccountProof } from '../../../src/linea/proof/account-proof.js';
import { accountProofToJson, parseAccountProof, ProofFileError } from '../../../src/linea/proof/json.js';
import { NO_VALUE, proveKeys } from '../../../src/linea/proof/key-proof.js';
import type { KeyProof } from '../../../src/linea/proof/key-proof.js';
import { verifyKeys } from '../../../src/linea/proof/verify-keys.js';
import { StateDb } from '../../../src/linea/store/state-db.js';
import { find } from '../../../src/linea/trie/find.js';
import { ACCOUNTS, addressOf, draws, Model, remembering, SLOTS, slotOf } from '../world/blocks.js';

const suite = remembering(POSEIDON2_KOALABEAR);
const ALL_SLOTS = Array.from({ length: SLOTS + 1 }, (_, i) => slotOf(i));

/** A database of some blocks, and what the accounts were after each. */
async function someBlocks(seed: number, blocks: number) {
  const db = await StateDb.open(new MemoryDriver(), suite, { createIfMissing: true });
  const model = new Model();
  const draw = draws(seed);
  const history: ReadonlyMap<Hex, { readonly balance: bigint; readonly slots: ReadonlyMap<Hex, bigint> }>[] = [
    new Map(),
  ];
  for (let i = 0; i < blocks; i++) {
    await db.apply(model.next(draw));
    history.push(structuredClone(model.accounts));
  }
  return { db, history };
}

describe('a proof of an account', () => {
  it('shows every account and every slot, there or not, at every kept root, and after JSON', async () => {
    const { db, history } = await someBlocks(5, 8);
    for (const [number, accounts] of history.entries()) {
      const root = await db.root(number);
      const view = await db.at(number);
      for (let i = 0; i <= ACCOUNTS; i++) {
        const address = addressOf(i);
        const made = await proveAccount(suite, view, address, ALL_SLOTS);
        const proof = parseAccountProof(suite, JSON.stringify(accountProofToJson(suite, made)));
        expect(proof).toEqual(made);
        const known = accounts.get(address);
        expect(await verifyAccountProof(suite, root, proof)).toEqual({
          isAccepted: true,
          address,
          account: known === undefined ? null : expect.objectContaining({ balance: known.balance }),
          slots: ALL_SLOTS.map((slot) => ({ slot, value: known?.slots.get(slot) ?? 0n })),
        });
      }
    }
  });

  it('is refused with any value changed, and at another root', async () => {
    const { db } = await someBlocks(5, 8);
    const { number } = await db.head();
    const root = await db.root(number);
    const view = await db.at(number);
    let refused = 0;
    for (const [address, slots] of [
      [addressOf(1), ALL_SLOTS.slice(0, 2)],
      [addressOf(ACCOUNTS), ALL_SLOTS.slice(0, 1)],
    ] as const) {
      const json = accountProofToJson(suite, await proveAccount(suite, view, address, slots));
      const text = JSON.stringify(json);
      const verdictOf = async (changed: string, at = root) =>
        verifyAccountProof(suite, at, parseAccountProof(suite, changed));
      expect(await verdictOf(text)).toMatchObject({ isAccepted: true });
      expect(await verdictOf(text, await db.root(number - 1))).toMatchObject({ isAccepted: false });
      for (const match of text.matchAll(/"(0x[0-9a-f]*)"|:(\d+)/g)) {
        const isKey = text.slice(0, match.index).endsWith('"key":');
        const at = match.index + match[0].length - (match[1] === undefined ? 1 : 2);
        const changed = `${text.slice(0, at)}${text[at] === '1' ? '2' : '1'}${text.slice(at + 1)}`;
        const verdict = await verdictOf(changed).catch((error: unknown) => error);
        // What shows that a key is absent shows it of all keys beside, too: but the verdict says of which.
        if (isKey && !(verdict instanceof Error) && (verdict as { isAccepted: boolean }).isAccepted) {
          expect(verdict).not.toEqual(await verdictOf(text));
          continue;
        }
        if (verdict instanceof Error) expect(verdict).toBeInstanceOf(ProofFileError);
        else expect([match[0], verdict]).toEqual([match[0], { isAccepted: false, reason: expect.any(String) }]);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(300);
  });
});

describe('a dishonest prover', () => {
  const word = (x: bigint): Hex => `0x${x.toString(16).padStart(64, '0')}`;
  const there = (proof: KeyProof) => (proof.kind === 'present' ? proof.leaf : expect.fail('it is absent'));

  async function honest() {
    const db = await StateDb.open(new MemoryDriver(), suite, { createIfMissing: true });
    const slots = [1n, 2n, 3n, 4n].map((slot) => ({ slot: word(slot), after: slot + 10n }));
    const account = { after: { nonce: 1n, balance: 1n }, isDestroyed: false };
    await db.apply({
      accounts: [
        { ...account, address: addressOf(1), slots },
        { ...account, address: addressOf(2), slots: slots.slice(0, 1).map((one) => ({ ...one, after: 99n })) },
      ],
    });
    const view = await db.at(1);
    const ofAddress = async (address: Hex, names: readonly bigint[]): Promise<AccountProof> =>
      proveAccount(suite, view, address, names.map(word));
    const verdictOf = async (proof: AccountProof) => verifyAccountProof(suite, await db.root(1), proof);
    return { db, view, ofAddress, verdictOf };
  }

  it('cannot show an absent key by leaves that are no neighbours, or with their indices swapped', async () => {
    const { view, ofAddress, verdictOf } = await honest();
    const proof = await ofAddress(addressOf(1), [1n, 2n, 3n, 4n, 5n]);
    expect(await verdictOf(proof)).toMatchObject({ isAccepted: true });
    const storage = await view.trie(there(proof.account).leafIndex);
    const bySlot = new Map(proof.slots.slice(0, 4).map((slot) => [there(slot).leafIndex, slot]));
    const middle = [...bySlot.values()].find(
      (slot) => bySlot.has(there(slot).opening.prevLeaf) && bySlot.has(there(slot).opening.nextLeaf),
    )!;
    const left = there(bySlot.get(there(middle).opening.prevLeaf)!);
    const right = there(bySlot.get(there(middle).opening.nextLeaf)!);
    const skipping: KeyProof = { kind: 'absent', key: middle.key, left, right };
    const linked = (one: typeof left, opening: object) => ({ ...one, opening: { ...one.opening, ...opening } });
    const forged = (slot: KeyProof) => verdictOf({ ...proof, slots: [slot] });
    expect(await forged(skipping)).toMatchObject({ reason: 'the left leaf does not point to the right leaf' });
    expect(await forged({ ...skipping, left: linked(left, { nextLeaf: right.leafIndex }) })).toMatchObject({
      reason: 'the right leaf does not point to the left leaf',
    });
    expect(
      await forged({
        ...skipping,
        left: linked(left, { nextLeaf: right.leafIndex }),
        right: linked(right, { prevLeaf: left.leafIndex }),
      }),
    ).toMatchObject({ reason: expect.stringContaining('does not lead to the root') });
    const absent = proof.slots[4] as Extract<KeyProof, { readonly kind: 'absent' }>;
    const swapped = {
      ...absent,
      left: { ...absent.left, leafIndex: absent.right.leafIndex },
      right: { ...absent.right, leafIndex: absent.left.leafIndex },
    };
    expect(await forged(absent)).toMatchObject({ isAccepted: true });
    expect(await forged(swapped)).toMatchObject({ isAccepted: false });
    expect(await forged({ ...absent, left: absent.right, right: absent.left })).toMatchObject({ isAccepted: false });
    expect(await find(storage, there(middle).opening.hKey)).not.toBeNull();
  });

  it('cannot show an entry of another trie, or of another state', async () => {
    const { db, ofAddress, verdictOf } = await honest();
    const proof = await ofAddress(addressOf(1), [1n]);
    const other = await ofAddress(addressOf(2), [1n]);
    expect(await verdictOf(other)).toMatchObject({ isAccepted: true, slots: [{ value: 99n }] });
    expect(await verdictOf({ ...proof, slots: other.slots })).toMatchObject({
      reason: 'its counter and tree root do not give the root',
    });
    const absent = await ofAddress(addressOf(3), [1n]);
    expect(await verdictOf({ ...absent, slots: proof.slots })).toMatchObject({ isAccepted: false });
    const before = await proveAccount(suite, await db.at(0), addressOf(1), []);
    expect(before.account.kind).toBe('absent');
    expect(await verdictOf(before)).toMatchObject({ isAccepted: false });
  });

  it('cannot show HEAD or TAIL as the entry of a key that hashes to theirs', async () => {
    const { view, ofAddress } = await honest();
    const storage = await view.trie(there((await ofAddress(addressOf(1), [])).account).leafIndex);
    const [topRoot] = await suite.tops([await storage.state()]);
    const [absent] = await proveKeys(suite, STORAGE_TRIE, storage, [word(5n)]);
    const hashingTo = (hKey: bigint): TrieKind => ({ ...STORAGE_TRIE, hashKeys: async () => [hKey] });
    for (const hKey of [0n, suite.maxKey]) {
      const kind = hashingTo(hKey);
      const index = hKey === 0n ? 0 : 1;
      const [end] = await storage.leaves([index]);
      const leaf = { ...(await endOf(storage, index)), opening: end!.opening, value: NO_VALUE };
      await expect(verifyKeys(suite, kind, topRoot!, [{ kind: 'present', key: absent!.key, leaf }])).rejects.toThrow(
        'not strictly between the keys of HEAD and TAIL',
      );
    }
    expect(await verifyKeys(suite, STORAGE_TRIE, topRoot!, [absent!])).toEqual([{ key: word(5n), value: null }]);

    /** The proof of HEAD's or TAIL's leaf, from one of a key beside it. */
    async function endOf(trie: typeof storage, index: number) {
      for (let i = 1n; ; i++) {
        const [proof] = await proveKeys(suite, STORAGE_TRIE, trie, [word(i)]);
        if (proof!.kind === 'present') continue;
        const found = [proof!.left, proof!.right].find(({ leafIndex }) => leafIndex === index);
        if (found !== undefined) return found;
      }
    }
  });
});
