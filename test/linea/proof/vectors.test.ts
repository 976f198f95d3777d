import { describe, expect, it } from 'vitest';
import { ACCOUNT_TRIE, STORAGE_TRIE } from '../../../src/linea/suite/kind.js';
import type { Hex } from '../../../src/linea/suite/suite.js';
import { accountProofToJson, keyProofToJson, parseAccountProof } from '../../../src/linea/proof/json.js';
import { proveKeys } from '../../../src/linea/proof/key-proof.js';
import { verifyAccountProof } from '../../../src/linea/proof/account-proof.js';
import { verifyKeys } from '../../../src/linea/proof/verify-keys.js';
import { Runner } from '../trie/script.js';
import type { Script } from '../trie/script.js';
import { casesOf, RAW, SUITES } from '../vectors.js';

interface Published extends Script {
  readonly published: { readonly data: { readonly key: Hex } };
}

describe('the answers of linea_getProof published by Shomei', () => {
  const cases = casesOf<Published>('shomei').filter(({ steps }) => steps.some(({ op }) => op === 'getProof'));

  it.each(cases.map((one) => [`${one.suite}, ${one.name}`, one] as const))('%s', async (_, one) => {
    const suite = SUITES[one.suite]!;
    const runner = new Runner(suite, RAW);
    for (const step of one.steps) await runner.step(step);
    const { key } = one.published.data;
    const trie = await runner.trie('0x');
    const proofs = await proveKeys(suite, RAW, trie, [key]);
    expect(proofs.map((proof) => keyProofToJson(suite, proof))).toEqual([one.published.data]);
    const value = one.name.includes('Missing') ? null : expect.stringMatching(/^0x.{64}$/);
    expect(await verifyKeys(suite, RAW, await runner.top('0x'), proofs)).toEqual([{ key, value }]);
  });

  it('are 6', () => {
    expect(cases).toHaveLength(6);
  });
});

describe('the answer in the tests of Linea’s contracts', () => {
  const [one] = casesOf<{ readonly data: Readonly<Record<string, unknown>> }>('get-proof');
  const suite = SUITES[one!.suite]!;

  it('is made by the script from which it comes, and verified', async () => {
    const runner = new Runner(suite, ACCOUNT_TRIE);
    const script = casesOf<Script>('worldstate').find(({ name }) => name === 'Go TestProofFromInsertTwoAndProve')!;
    const address: Hex = '0x2f00000000000000000000000000000000000000';
    const slot: Hex = '0x0e00000000000000000000000000000000000000000000000000000000000000';
    for (const step of script.steps) await runner.step(step);
    const [account] = await proveKeys(suite, ACCOUNT_TRIE, await runner.trie('0x'), [address]);
    const slots = await proveKeys(suite, STORAGE_TRIE, await runner.trie(address), [slot]);
    const proof = { account: account!, slots };
    expect(accountProofToJson(suite, proof)).toEqual(one!.data);
    expect(parseAccountProof(suite, JSON.stringify({ jsonrpc: '2.0', id: 1, result: one!.data }))).toEqual(proof);
    expect(await verifyAccountProof(suite, await runner.top('0x'), proof)).toMatchObject({
      isAccepted: true,
      address,
      account: { nonce: 41n, balance: 15353n, codeSize: 7n },
      slots: [{ slot, value: 0x12n << 248n }],
    });
  });
});
