import { formatEther } from 'viem';
import { keyHashOf, publicKeyOf } from '../../rules/eddsa/eddsa.js';
import { accountEntry, accountOf } from '../../rules/payments/account.js';
import { depositPayment, exitPayments, setPaymentKey } from '../../settlement/payments/ask.js';
import type { Asked } from '../../settlement/payments/ask.js';
import { virtualPayments } from '../../settlement/payments/follow.js';
import {
  claimPayouts,
  escapePayments,
  openPayouts,
  readOwed,
  refundPayments,
} from '../../settlement/payments/leave.js';
import { waitingOperations } from '../../settlement/payments/ledger.js';
import { WorkingState } from '../../state/hashdb/working-state.js';
import { openEndpoint } from '../../settlement/provider.js';
import { InputError, parseAccount, parseEtherAmount } from '../input.js';
import { count, table } from '../io.js';
import type { Outcome } from '../io.js';
import type { Places } from '../places.js';
import { following, ledgerOf, readLedger, sending } from './pay-places.js';
import type { PayOptions, PaySendOptions } from './pay-places.js';
import { privateKeyOf, walletOf } from './pay-wallet.js';

export interface KeyOptions extends PaySendOptions {
  readonly origin: string;
}

export interface DepositOptions extends KeyOptions {
  readonly to?: string;
  readonly keepKey?: true;
}

const ether = (wei: bigint): string => `${formatEther(wei)} ether`;

/** What was asked of the queue, as told. */
function asked(what: string, contract: string, account: string, { index, due, fee }: Asked, more: object): Outcome {
  const time = new Date(due * 1000).toISOString();
  const rows = [
    ['account', account],
    ['operation', `${index} of the queue, for ${ether(fee)}`],
    ['due', `${time}: from then on only operations of the queue are posted before it`],
  ] as const;
  return {
    text: `${what} at ${contract}.\n${table(rows)}`,
    json: { contract, account, index, due: time, fee: String(fee), ...more },
  };
}

export async function depositCommand(places: Places, text: string, options: DepositOptions): Promise<Outcome> {
  const amount = parseEtherAmount('ETHER', text);
  const to = options.to === undefined ? undefined : parseAccount('--to', options.to);
  return sending(places, options, async (payments) => {
    const { sender, contract } = payments;
    const account = to ?? sender.address;
    const isOwn = account.toLowerCase() === sender.address.toLowerCase();
    const keyHash =
      isOwn && options.keepKey !== true
        ? keyHashOf(publicKeyOf(await privateKeyOf(await walletOf(payments), options.origin)))
        : 0n;
    const done = await depositPayment(payments, { amount, to: account, keyHash });
    return asked(`Deposited ${ether(amount)}`, contract, account, done, {
      amount: String(amount),
      setsKey: keyHash !== 0n,
    });
  });
}

export const setKeyCommand = (places: Places, options: KeyOptions): Promise<Outcome> =>
  sending(places, options, async (payments) => {
    const keyHash = keyHashOf(publicKeyOf(await privateKeyOf(await walletOf(payments), options.origin)));
    const done = await setPaymentKey(payments, keyHash);
    const told = `0x${keyHash.toString(16).padStart(32, '0')}`;
    return asked('Asked for the key to be set', payments.contract, payments.sender.address, done, { keyHash: told });
  });

export const exitCommand = (places: Places, options: PaySendOptions): Promise<Outcome> =>
  sending(places, options, async (payments) =>
    asked(
      'Asked for all that the account holds',
      payments.contract,
      payments.sender.address,
      await exitPayments(payments),
      {},
    ),
  );

export const claimCommand = (places: Places, options: PaySendOptions): Promise<Outcome> =>
  sending(places, options, async (payments) => {
    const { sender, contract } = payments;
    const ledger = await readLedger(places, sender.provider, contract);
    const { claimed, maturing, amount } = await claimPayouts(payments, ledger);
    const rows = [
      ['account', sender.address],
      ['claimed', count(claimed, 'payout')],
      ['received', ether(amount)],
      ['maturing', `${count(maturing, 'payout')}, to be claimed later`],
    ] as const;
    return {
      text: `Claimed what ${contract} owes.\n${table(rows)}`,
      json: { contract, account: sender.address, claimed, received: String(amount), maturing },
    };
  });

export async function balanceCommand(places: Places, text: string, options: PayOptions): Promise<Outcome> {
  const address = parseAccount('ACCOUNT', text);
  const ledger = await ledgerOf(places, options);
  const owed = await readOwed(openEndpoint(options.rpc), ledger.contract, address);
  return following(places, ledger, async (db) => {
    const entry = accountEntry(BigInt(address));
    const { state, stuck } = await virtualPayments(db, ledger);
    const consolidated = accountOf(await new WorkingState(db, (await db.current()).root).get(entry));
    const posted = accountOf(await state.get(entry));
    const payouts = openPayouts(ledger, address).reduce((sum, { payout }) => sum + payout.amount, 0n);
    const waiting = waitingOperations(ledger).filter(({ account }) => BigInt(account) === BigInt(address)).length;
    const rows = [
      ['consolidated', ether(consolidated.balance)],
      ['posted', `${ether(posted.balance)}, with what waits for its proof`],
      ['key hash', posted.keyHash === 0n ? 'none: it can receive and exit, but not pay' : hex128(posted.keyHash)],
      ['next nonce', String(posted.nonce)],
      ['queue', `${count(waiting, 'operation')} of the account waiting`],
      ['to claim', `${ether(payouts)}, and ${ether(owed)} owed at once`],
      ...(stuck === null ? [] : [['warning', `batch ${stuck.number} can be proven by nobody: ${stuck.why}`] as const]),
    ] as const;
    return {
      text: `${address} at ${ledger.contract}:\n${table(rows)}`,
      json: {
        contract: ledger.contract,
        account: address,
        consolidated: String(consolidated.balance),
        posted: String(posted.balance),
        keyHash: hex128(posted.keyHash),
        nonce: Number(posted.nonce),
        waitingOperations: waiting,
        toClaim: String(payouts),
        owed: String(owed),
        stuck: stuck?.number ?? null,
      },
    };
  });
}

export const escapeCommand = (places: Places, options: PaySendOptions): Promise<Outcome> =>
  sending(places, options, async (payments) => {
    const { sender, contract } = payments;
    const ledger = await readLedger(places, sender.provider, contract);
    if (ledger.frozenAt === null)
      throw new InputError(`expected a frozen contract, ${contract} is not: leave with \`rootshift pay exit\``);
    const refunded = await refundPayments(payments, ledger);
    const hasEscaped = [...ledger.escaped].some((account) => BigInt(account) === BigInt(sender.address));
    const escaped = hasEscaped ? 0n : await following(places, ledger, (db) => escapePayments(payments, db));
    const { amount } = await claimPayouts(payments, ledger);
    const rows = [
      ['account', sender.address],
      ['escaped with', ether(escaped)],
      ['taken back', count(refunded, 'operation')],
      ['received', ether(amount)],
    ] as const;
    return {
      text: `Left ${contract}.\n${table(rows)}`,
      json: { contract, account: sender.address, escaped: String(escaped), refunded, received: String(amount) },
    };
  });

const hex128 = (x: bigint): string => `0x${x.toString(16).padStart(32, '0')}`;
