import { checkWritable, writeFileAtomically } from '../../base/files/output.js';
import { proveAccount, verifyAccountProof } from '../../linea/proof/account-proof.js';
import { accountProofToJson, parseAccountProof } from '../../linea/proof/json.js';
import type { Account } from '../../linea/suite/suite.js';
import { digestToHex } from '../../linea/trace/json.js';
import { parseAccount, parseWord, readFileAs } from '../input.js';
import { count, table, withFacts } from '../io.js';
import type { Outcome } from '../io.js';
import { parseBlockNumber, suiteNamed, withKeys, withLineaState } from '../linea-database.js';
import { asArgument, nextCommand } from '../next.js';
import { shortPath } from '../places.js';
import type { Places } from '../places.js';

export interface LineaProofOptions {
  readonly out: string;
  readonly block?: string;
}

export function lineaProofCommand(
  places: Places,
  [address, ...slots]: readonly [string, ...string[]],
  { out, block }: LineaProofOptions,
): Promise<Outcome> {
  const account = parseAccount('ADDRESS', address);
  const keys = slots.map((slot) => digestToHex(parseWord('SLOT', slot)));
  const wanted = block === undefined ? undefined : parseBlockNumber('--block', block);
  return withLineaState(places, async (db) => {
    const number = wanted ?? (await db.head()).number;
    const view = await db.at(number);
    await checkWritable(out);
    const proof = await withKeys(() => proveAccount(db.suite, view, account, keys));
    await writeFileAtomically(out, `${JSON.stringify(accountProofToJson(db.suite, proof))}\n`);
    const root = digestToHex(await db.root(number));
    const next = nextCommand(
      ['npx', 'rootshift', 'linea', 'verify-proof', asArgument(out)],
      [
        ['--suite', db.suite.name],
        ['--root', root],
      ],
    );
    return {
      text: `Proved ${describe(proof.account.kind)} and ${count(keys.length, 'slot')} of it.\n${table([
        ['account', account],
        ['block', String(number)],
        ['state root', root],
        ['proof', shortPath(out)],
      ])}\n${next.text}`,
      json: { address: account, slots: keys, block: number, root, isThere: proof.account.kind === 'present', out },
    };
  });
}

const describe = (kind: 'present' | 'absent'): string =>
  kind === 'present' ? 'an account' : 'that an account is not there,';

export interface LineaVerifyProofOptions {
  readonly suite: string;
  readonly root: string;
}

export async function lineaVerifyProofCommand(
  places: Places,
  file: string,
  options: LineaVerifyProofOptions,
): Promise<Outcome> {
  const suite = suiteNamed(options.suite);
  const root = parseWord('--root', options.root);
  const proof = await readFileAs(places, file, (text) => parseAccountProof(suite, text));
  const verdict = await verifyAccountProof(suite, root, proof);
  const rootHex = digestToHex(root);
  if (!verdict.isAccepted) {
    const { reason } = verdict;
    return { text: `Not valid: ${reason}.`, json: { valid: false, root: rootHex, reason }, valid: false };
  }
  const { address, account, slots } = verdict;
  const shown = slots.map(({ slot, value }) => ({ slot, value: digestToHex(value) }));
  return {
    text:
      `${withFacts(
        `Valid: in the state with root ${rootHex}, ${address} ${account === null ? 'is no account' : 'is an account'}.`,
        [
          'the account and every slot: its key, its value, its leaf, or the two neighbours between which it would be',
          'every path to the root, with no exemption for HEAD or TAIL',
        ],
      )}\n` + table([...accountRows(account), ...shown.map(({ slot, value }) => [`slot ${slot}`, value] as const)]),
    json: { valid: true, root: rootHex, address, account: account && accountToJson(account), slots: shown },
  };
}

const accountRows = (account: Account | null): (readonly [string, string])[] =>
  account === null ? [] : Object.entries(accountToJson(account));

const accountToJson = ({ nonce, balance, storageRoot, codeHash, keccakCodeHash, codeSize }: Account) => ({
  nonce: String(nonce),
  balance: String(balance),
  storageRoot: digestToHex(storageRoot),
  codeHash: digestToHex(codeHash),
  keccakCodeHash: digestToHex(keccakCodeHash),
  codeSize: String(codeSize),
});
