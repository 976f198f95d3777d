import { appendFile } from 'node:fs/promises';
import { bytesToHex, formatEther } from 'viem';
import { signingDomain } from '../../rules/common/context.js';
import { fitting } from '../../rules/common/range.js';
import { keyHashOf, publicKeyOf } from '../../rules/eddsa/eddsa.js';
import { accountEntry, accountOf } from '../../rules/payments/account.js';
import { encodePayment } from '../../rules/payments/encoding.js';
import type { Payment } from '../../rules/payments/operation.js';
import { PAYMENTS } from '../../rules/payments/payments.js';
import { FOREVER } from '../../rules/payments/record.js';
import { deriveKey, signPayment } from '../../rules/payments/wallet.js';
import { virtualPayments } from '../../settlement/payments/follow.js';
import type { PaymentsOptions } from '../../settlement/payments/ask.js';
import { parseAccount, parseCount, parseEtherAmount, parseIndex } from '../input.js';
import { table } from '../io.js';
import type { Outcome } from '../io.js';
import { shortPath } from '../places.js';
import type { Places } from '../places.js';
import { following, paymentsSoFar, readLedger, sending } from './pay-places.js';
import type { PaySendOptions } from './pay-places.js';

export interface WalletOptions extends PaySendOptions {
  readonly origin: string;
}

export interface TransferOptions extends WalletOptions {
  readonly fee: string;
  readonly validFor?: string;
  readonly nonce?: string;
  readonly out: string;
}

export interface WithdrawOptions extends TransferOptions {
  readonly to?: string;
}

/** Fees of payments have 28 bits, nonces 32. */
const FEES = 2 ** 28;
const NONCES = 2 ** 32 - 1;

/** The private key of the sender's payments account, from signatures by its Ethereum account. */
export async function privateKeyOf({ sender, contract }: PaymentsOptions, origin: string): Promise<Uint8Array> {
  const chainId = BigInt(await sender.chainId());
  const purpose = { origin, chainId, contract: BigInt(contract), address: BigInt(sender.address) };
  return deriveKey(purpose, (text) => sender.signText(text));
}

export async function keyCommand(places: Places, options: WalletOptions): Promise<Outcome> {
  const { account, key, contract } = await sending(places, options, async (payments) => ({
    account: payments.sender.address,
    contract: payments.contract,
    key: publicKeyOf(await privateKeyOf(payments, options.origin)),
  }));
  const hex = (x: bigint): string => `0x${x.toString(16)}`;
  const keyHash = `0x${keyHashOf(key).toString(16).padStart(32, '0')}`;
  const rows = [
    ['account', account],
    ['public key', `${hex(key.x)}, ${hex(key.y)}`],
    ['key hash', keyHash],
  ] as const;
  return {
    text: `The key of a payments account at ${contract}, as it is made by ${options.origin}.\n${table(rows)}`,
    json: { contract, account, origin: options.origin, publicKey: [hex(key.x), hex(key.y)], keyHash },
  };
}

export const transferCommand = (
  places: Places,
  to: string,
  ether: string,
  options: TransferOptions,
): Promise<Outcome> => {
  const recipient = parseAccount('TO', to);
  const amount = parseEtherAmount('ETHER', ether);
  return sign(places, options, (shared) => ({ ...shared, kind: 'transfer', to: BigInt(recipient), amount }));
};

export const withdrawCommand = (places: Places, ether: string, options: WithdrawOptions): Promise<Outcome> => {
  const recipient = options.to === undefined ? undefined : parseAccount('--to', options.to);
  const amount = parseEtherAmount('ETHER', ether);
  return sign(places, options, (shared) => ({
    ...shared,
    kind: 'withdraw',
    recipient: recipient === undefined ? shared.from : BigInt(recipient),
    amount,
  }));
};

/** Signs a payment, and adds it to the file for the operator. */
async function sign(
  places: Places,
  options: TransferOptions,
  make: (shared: Pick<Payment, 'from' | 'fee' | 'validUntil'>) => Payment,
): Promise<Outcome> {
  const fee = BigInt(parseIndex('--fee', options.fee, FEES));
  const seconds = options.validFor === undefined ? null : parseCount('--valid-for', options.validFor);
  const validUntil = seconds === null ? FOREVER : BigInt(Math.floor(Date.now() / 1000) + seconds);
  const { payment, nonce, contract } = await sending(places, options, async (payments) => {
    const { sender, contract } = payments;
    const domain = signingDomain({
      chainId: BigInt(await sender.chainId()),
      contract: BigInt(contract),
      version: PAYMENTS.version,
    });
    const payment = make({ from: BigInt(sender.address), fee, validUntil: fitting(validUntil, 32, 'validUntil') });
    const nonce =
      options.nonce === undefined
        ? await nextNonce(places, payments, options.out)
        : BigInt(parseIndex('--nonce', options.nonce, NONCES));
    const signed = signPayment(payment, nonce, domain, await privateKeyOf(payments, options.origin));
    await appendFile(options.out, `${bytesToHex(encodePayment(signed))}\n`);
    return { payment, nonce, contract };
  });
  const [kind, target] =
    payment.kind === 'transfer' ? (['transfer', payment.to] as const) : (['withdrawal', payment.recipient] as const);
  const to = `0x${target.toString(16).padStart(40, '0')}`;
  const file = shortPath(options.out);
  const rows = [
    ['to', to],
    ['amount', `${formatEther(payment.amount)} ether`],
    ['fee', `${payment.fee} gwei`],
    ['nonce', String(nonce)],
    ['file', `${file}: give it to the operator, nothing is sent`],
  ] as const;
  return {
    text: `Signed a ${kind} at ${contract}.\n${table(rows)}`,
    json: {
      contract,
      kind: payment.kind,
      to,
      amount: String(payment.amount),
      fee: Number(fee),
      nonce: Number(nonce),
      file,
    },
  };
}

/** After all posted payments of the account, and those in the file. */
async function nextNonce(places: Places, { sender, contract }: PaymentsOptions, file: string): Promise<bigint> {
  const account = BigInt(sender.address);
  const ledger = await readLedger(places, sender.provider, contract);
  const posted = await following(places, ledger, async (db) => {
    const { state } = await virtualPayments(db, ledger);
    return accountOf(await state.get(accountEntry(account))).nonce;
  });
  const own = (await paymentsSoFar(places, file)).filter(({ payment }) => payment.from === account);
  return own.reduce((next, { nonce }) => (nonce >= next ? nonce + 1n : next), posted);
}
