import { hexToBytes } from 'viem';
import { isMissing } from '../../base/files/file-error.js';
import { decodePayment } from '../../rules/payments/encoding.js';
import type { SignedPayment } from '../../rules/payments/operation.js';
import type { HashDb } from '../../state/hashdb/hashdb.js';
import type { PaymentsOptions } from '../../settlement/payments/ask.js';
import { syncPayments } from '../../settlement/payments/follow.js';
import { readPayments } from '../../settlement/payments/ledger.js';
import type { PaymentsLedger } from '../../settlement/payments/ledger.js';
import type { Address } from '../../settlement/point.js';
import { openEndpoint } from '../../settlement/provider.js';
import type { Provider } from '../../settlement/provider.js';
import type { Synced } from '../../settlement/sync.js';
import { opener } from '../database.js';
import { InputError, parseContract, readInput } from '../input.js';
import type { Places } from '../places.js';
import { watched } from '../progress.js';
import { eventsFile, senderOf } from './settle.js';
import type { SenderOptions } from './settle.js';

/** Which contract on which chain. */
export interface PayOptions {
  readonly rpc: string;
  readonly contract: string;
}

/** And from which account. */
export interface PaySendOptions extends PayOptions, SenderOptions {}

/** Sends to a payments contract, and says what it does meanwhile. */
export async function sending<T>(
  places: Places,
  options: PaySendOptions,
  work: (payments: PaymentsOptions) => Promise<T>,
): Promise<T> {
  const contract = parseContract(options.contract);
  return watched(async (watching) =>
    work({ sender: await senderOf(places, options, watching), contract, ...watching }),
  );
}

/** What the contract's events tell, as the options name it. */
export async function ledgerOf(places: Places, options: PayOptions): Promise<PaymentsLedger> {
  const contract = parseContract(options.contract);
  return readLedger(places, openEndpoint(options.rpc), contract);
}

/** What the contract's events tell; those that were read before are kept. */
export const readLedger = async (places: Places, provider: Provider, contract: Address): Promise<PaymentsLedger> =>
  readPayments(provider, contract, { events: await eventsFile(places, { provider, contract }) });

/** Works with the database, brought to the consolidated root; it is created if it is missing. */
export async function following<T>(
  places: Places,
  ledger: PaymentsLedger,
  work: (db: HashDb, synced: Synced) => Promise<T>,
): Promise<T> {
  await using db = await opener(places)({ createIfMissing: true, bitsPerLevel: 2 });
  return await work(db, await syncPayments(db, ledger));
}

/**
 * The signed payments in a file, a line each; empty lines do not count.
 * @throws {InputError} a line is none
 */
export async function readPaymentFile(places: Places, file: string): Promise<SignedPayment[]> {
  const { text } = await readInput(places, file);
  return text.split('\n').flatMap((line, i): SignedPayment[] => {
    const hex = line.trim();
    if (hex === '') return [];
    if (!/^0x(?:[0-9a-fA-F]{2})+$/.test(hex))
      throw new InputError(`${file}:${i + 1}: expected a signed payment in hexadecimal digits, got something else`);
    try {
      return [decodePayment(hexToBytes(hex as `0x${string}`))];
    } catch (cause) {
      throw new InputError(`${file}:${i + 1}: ${(cause as Error).message}`, { cause });
    }
  });
}

/** The same; none if there is no such file. */
export async function paymentsSoFar(places: Places, file: string): Promise<SignedPayment[]> {
  try {
    return await readPaymentFile(places, file);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
