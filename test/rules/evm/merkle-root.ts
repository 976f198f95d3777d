/** The state root that Ethereum has of a state: its tries, by another implementation. */
import { createMPT } from '@ethereumjs/mpt';
import { RLP } from '@ethereumjs/rlp';
import { Account, bigIntToUnpaddedBytes } from '@ethereumjs/util';
import { bytesOf, numberOf } from '../../../src/rules/evm/bytes.js';
import type { Entry } from '../../../src/state/batch/batch.js';

/**
 * @param entries those of the state, each once; no value is 0
 * @param empty accounts that are in the tries though nothing is in them, as there were until Spurious Dragon
 */
export async function merkleRoot(entries: Iterable<Entry>, empty: readonly bigint[] = []): Promise<bigint> {
  const accounts = new Map<bigint, Entry[]>(empty.map((address) => [address, []]));
  for (const entry of entries) accounts.set(entry.address, [...(accounts.get(entry.address) ?? []), entry]);
  const trie = await createMPT({ useKeyHashing: true });
  for (const [address, parts] of accounts) {
    const storage = await createMPT({ useKeyHashing: true });
    for (const { kind, slot, value } of parts) {
      if (kind === 'storage') await storage.put(bytesOf(slot, 32), RLP.encode(bigIntToUnpaddedBytes(value)));
    }
    const field = (kind: Entry['kind']): bigint => parts.find((entry) => entry.kind === kind)?.value ?? 0n;
    const account = new Account(field('nonce'), field('balance'), storage.root());
    const code = field('code');
    if (code !== 0n) account.codeHash = bytesOf(code, 32);
    await trie.put(bytesOf(address, 20), account.serialize());
  }
  return numberOf(trie.root());
}
