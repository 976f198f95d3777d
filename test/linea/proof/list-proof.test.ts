import { describe, expect, it } from 'vitest';
import { POSEIDON2_KOALABEAR } from '../../../src/linea/suite/poseidon2.js';
import { MemoryDriver } from '../../../src/state/hashdb/memory.js';
import { ProofFileError } from '../../../src/linea/proof/json.js';
import { formatList, parseList } from '../../../src/linea/proof/list-file.js';
import { NoAccountError, proveList, verifyList } from '../../../src/linea/proof/list-proof.js';
import { StateDb } from '../../../src/linea/store/state-db.js';
import { addressOf, draws, Model, remembering } from '../world/blocks.js';

const suite = remembering(POSEIDON2_KOALABEAR);

describe('a list', () => {
  it('has all accounts of a state and all slots of an account, and no others, at every block', async () => {
    const db = await StateDb.open(new MemoryDriver(), suite, { createIfMissing: true });
    const model = new Model();
    const draw = draws(21);
    for (let number = 1; number <= 6; number++) {
      await db.apply(model.next(draw));
      const root = await db.root(number);
      const view = await db.at(number);
      const verified = async (address: ReturnType<typeof addressOf> | null) => {
        const made = await proveList(suite, view, address);
        const read = parseList(suite, formatList(suite, made));
        expect(read).toEqual(made);
        const verdict = await verifyList(suite, root, read);
        if (!verdict.isAccepted || !verdict.isAll) expect.fail('it is refused, or not all');
        expect(verdict.address).toBe(address);
        return verdict.entries.map(({ key }) => key).sort();
      };
      expect(await verified(null)).toEqual([...model.accounts.keys()].sort());
      for (const [address, { slots }] of model.accounts)
        expect(await verified(address)).toEqual([...slots.keys()].sort());
    }
  });

  it('is refused with any value changed, with the account of another, and without one', async () => {
    const db = await StateDb.open(new MemoryDriver(), suite, { createIfMissing: true });
    const account = { after: { nonce: 1n, balance: 1n }, isDestroyed: false };
    const slots = [1n, 2n, 3n].map((x) => ({ slot: `0x${x.toString(16).padStart(64, '0')}` as const, after: x }));
    await db.apply({
      accounts: [
        { ...account, address: addressOf(1), slots },
        { ...account, address: addressOf(2), slots: slots.slice(1) },
      ],
    });
    const view = await db.at(1);
    const list = await proveList(suite, view, addressOf(1));
    const other = await proveList(suite, view, addressOf(2));
    const verdictOf = async (one: typeof list) => verifyList(suite, await db.root(1), one);
    expect(await verdictOf(list)).toMatchObject({ isAccepted: true, isAll: true });
    expect(await verdictOf({ ...list, account: other.account })).toMatchObject({ isAccepted: false });
    expect(await verdictOf({ ...list, account: null })).toMatchObject({ isAccepted: false });
    const text = formatList(suite, list);
    let refused = 0;
    for (const match of text.matchAll(/"(0x[0-9a-f]+)"|:(\d+)/g)) {
      const at = match.index + match[0].length - (match[1] === undefined ? 1 : 2);
      const changed = `${text.slice(0, at)}${text[at] === '1' ? '2' : '1'}${text.slice(at + 1)}`;
      const verdict = await (async () => verdictOf(parseList(suite, changed)))().catch((error: unknown) => error);
      // Smaller ranges are also true.
      if (/"(from|to)":$/.test(text.slice(0, match.index))) continue;
      if (verdict instanceof Error) expect(verdict).toBeInstanceOf(ProofFileError);
      else expect([match[0], verdict]).toEqual([match[0], { isAccepted: false, reason: expect.any(String) }]);
      refused++;
    }
    expect(refused).toBeGreaterThan(80);
    await expect(proveList(suite, view, addressOf(3))).rejects.toThrow(NoAccountError);
  });
});
