import { appendFile } from 'node:fs/promises';
import { bytesToHex, formatEther } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { signingDomain } from '../../rules/common/context.js';
import { fitting, showAddress } from '../../rules/common/range.js';
import { isRejection } from '../../rules/common/rules.js';
import { keyHashOf, publicKeyOf } from '../../rules/eddsa/eddsa.js';
import { accountEntry, accountOf } from '../../rules/payments/account.js';
import { encodePayment } from '../../rules/payments/encoding.js';
import { checkPayment } from '../../rules/payments/execute.js';
import type { Payment } from '../../rules/payments/operation.js';
import { PAYMENTS } from '../../rules/payments/payments.js';
import { FOREVER } from '../../rules/payments/record.js';
import { deriveKey, signPayment } from '../../rules/payments/wallet.js';
import { virtualPayments } from '../../settlement/payments/follow.js';
import type { PaymentsOptions } from '../../settlement/payments/ask.js';
import { readPaymentsVersion } from '../../settlement/payments/circuits.js';
import type { Address, Hash } from '../../settlement/point.js';
import { InputError, parseAccount, parseContract, parseCount, parseEtherAmount, parseIndex } from '../input.js';
import { columns, count, table } from '../io.js';
import type { Outcome } from '../io.js';
import { shortPath } from '../places.js';
import type { Places } from '../places.js';
import { following, paymentsSoFar, readLedger, readPaymentFile, sending } from './pay-places.js';
import type { PaySendOptions } from './pay-places.js';
import { accountKey } from './settle.js';

export interface WalletOptions extends Omit<PaySendOptions, 'rpc'> {
  readonly rpc?: string;
  readonly origin: string;
  /** Given, the chain is not asked. */
  readonly chainId?: string;
  readonly rulesVersion?: string;
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

/** An Ethereum account that signs for a contract. */
interface Wallet {
  readonly address: Address;
  readonly contract: Address;
  readonly chainId: bigint;
  /** Of the rules. */
  readonly version: number;
  readonly signText: (text: string) => Promise<Hash>;
}

/** The private key of the sender's payments account, from signatures by its Ethereum account. */
export const privateKeyOf = ({ address, contract, chainId, signText }: Omit<Wallet, 'version'>, origin: string) =>
  deriveKey({ origin, chainId, contract: BigInt(contract), address: BigInt(address) }, signText);

/** The wallet of who sends. */
export async function walletOf({ sender, contract }: PaymentsOptions): Promise<Wallet> {
  return {
    address: sender.address,
    contract,
    chainId: BigInt(await sender.chainId()),
    version: await readPaymentsVersion(sender.provider, contract),
    signText: (text) => sender.signText(text),
  };
}

/** Works with a wallet; by `--chain-id`, without asking any chain. */
async function signing<T>(
  places: Places,
  { chainId, rulesVersion, rpc, ...options }: WalletOptions,
  work: (wallet: Wallet, payments: PaymentsOptions | null) => Promise<T>,
): Promise<T> {
  if (chainId === undefined) {
    if (rulesVersion !== undefined) throw new InputError('--rules-version: expected it with --chain-id, got it alone');
    if (rpc === undefined) throw new InputError('expected --rpc URL, or --chain-id ID to ask no chain, got neither');
    return sending(places, { ...options, rpc }, async (payments) => work(await walletOf(payments), payments));
  }
  const account = privateKeyToAccount(await accountKey(options.keystore));
  const wallet = {
    address: account.address,
    contract: parseContract(options.contract),
    chainId: BigInt(parseCount('--chain-id', chainId)),
    version: rulesVersion === undefined ? PAYMENTS.version : parseCount('--rules-version', rulesVersion),
    signText: (text: string) => account.signMessage({ message: text }),
  };
  return work(wallet, null);
}

export async function keyCommand(places: Places, options: WalletOptions): Promise<Outcome> {
  const { account, key, contract } = await signing(places, options, async (wallet) => ({
    account: wallet.address,
    contract: wallet.contract,
    key: publicKeyOf(await privateKeyOf(wallet, options.origin)),
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
  const { payment, nonce, contract } = await signing(places, options, async (wallet, payments) => {
    const { address, contract, chainId, version } = wallet;
    const domain = signingDomain({ chainId, contract: BigInt(contract), version });
    const payment = make({ from: BigInt(address), fee, validUntil: fitting(validUntil, 32, 'validUntil') });
    if (options.nonce === undefined && payments === null)
      throw new InputError('--nonce: expected it with --chain-id, as no chain is asked, got none');
    const nonce =
      options.nonce === undefined
        ? await nextNonce(places, payments!, options.out)
        : BigInt(parseIndex('--nonce', options.nonce, NONCES));
    const signed = signPayment(payment, nonce, domain, await privateKeyOf(wallet, options.origin));
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

export interface PayInspectOptions {
  readonly contract: string;
  readonly chainId: string;
  readonly rulesVersion?: string;
}

/** Shows the signed payments in a file, and whether each signature holds for this contract. Nothing is asked. */
export async function payInspectCommand(places: Places, file: string, options: PayInspectOptions): Promise<Outcome> {
  const contract = parseContract(options.contract);
  const chainId = BigInt(parseCount('--chain-id', options.chainId));
  const given = options.rulesVersion;
  const version = given === undefined ? PAYMENTS.version : parseCount('--rules-version', given);
  const domain = signingDomain({ chainId, contract: BigInt(contract), version });
  const payments = (await readPaymentFile(places, file)).map((signed) => {
    const { payment, nonce } = signed;
    const target = payment.kind === 'transfer' ? payment.to : payment.recipient;
    const { kind, from, amount, fee, validUntil } = payment;
    let fault: string | null = null;
    try {
      checkPayment(signed, domain);
    } catch (error) {
      if (!isRejection(error)) throw error;
      fault = error.message;
    }
    return { kind, from: showAddress(from), to: showAddress(target), amount, fee, nonce, validUntil, fault };
  });
  const faults = payments.filter(({ fault }) => fault !== null).length;
  const rows = payments.map(({ kind, from, to, amount, fee, nonce, validUntil, fault }) => [
    kind,
    from,
    to,
    formatEther(amount),
    `${fee}`,
    `${nonce}`,
    validUntil === FOREVER ? 'for ever' : new Date(Number(validUntil) * 1000).toISOString(),
    fault ?? 'holds',
  ]);
  const head = ['kind', 'from', 'to', 'ether', 'fee in gwei', 'nonce', 'valid until', 'signature'];
  const verdict = faults === 0 ? 'all signatures hold' : `${faults} of them cannot be included`;
  return {
    text: `${count(payments.length, 'signed payment')} in ${shortPath(file)}, for ${contract}: ${verdict}.${payments.length === 0 ? '' : `\n${columns(head, rows)}`}`,
    json: {
      contract,
      payments: payments.map(({ amount, fee, nonce, validUntil, fault, ...names }) => ({
        ...names,
        amount: String(amount),
        fee: Number(fee),
        nonce: Number(nonce),
        validUntil: Number(validUntil),
        valid: fault === null,
        fault,
      })),
    },
    valid: faults === 0,
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
