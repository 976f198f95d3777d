import { appendFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { bytesToHex, hexToBytes } from 'viem';
import { isMissing } from '../../base/files/file-error.js';
import { readTextFile } from '../../base/files/input.js';
import { decodePayment, encodePayment, encodeRecord } from '../../rules/payments/encoding.js';
import { recordOfPayment } from '../../rules/payments/operation.js';
import type { SignedPayment } from '../../rules/payments/operation.js';
import type { PaymentRecord } from '../../rules/payments/record.js';

/**
 * Signed payments in a file, a line of hexadecimal digits each: whoever posts payments must keep their signatures,
 * which are not posted, until the batch is proven. Lines that are torn, or are something else, do not count.
 */
export class KeptPayments {
  private readonly payments = new Map<string, SignedPayment>();

  private constructor(private readonly file: string) {}

  static async open(file: string): Promise<KeptPayments> {
    const kept = new KeptPayments(file);
    for (const line of await linesIn(file)) {
      const payment = paymentIn(line);
      if (payment !== null) kept.payments.set(nameOf(recordOfPayment(payment.payment), payment.nonce), payment);
    }
    return kept;
  }

  /** Keeps payments, on disk before anything else is done with them. */
  async add(payments: readonly SignedPayment[]): Promise<void> {
    const added = payments.filter((payment) => {
      const name = nameOf(recordOfPayment(payment.payment), payment.nonce);
      const before = this.payments.get(name);
      this.payments.set(name, payment);
      // Of an account whose key was exchanged, there may be one by each key.
      return before === undefined || bytesToHex(encodePayment(before)) !== bytesToHex(encodePayment(payment));
    });
    if (added.length === 0) return;
    await mkdir(path.dirname(this.file), { recursive: true });
    // After a line that is torn, a new one begins.
    await appendFile(this.file, `\n${added.map((payment) => bytesToHex(encodePayment(payment))).join('\n')}\n`);
  }

  /** The signed payment that a posted record is of, with its account's nonce; undefined if it is not kept here. */
  find(record: PaymentRecord, nonce: bigint): SignedPayment | undefined {
    return this.payments.get(nameOf(record, nonce));
  }
}

const nameOf = (record: PaymentRecord, nonce: bigint): string => `${bytesToHex(encodeRecord(record))}:${nonce}`;

async function linesIn(file: string): Promise<string[]> {
  try {
    return (await readTextFile(file)).split('\n');
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function paymentIn(line: string): SignedPayment | null {
  if (!/^0x(?:[0-9a-f]{2})+$/.test(line)) return null;
  try {
    return decodePayment(hexToBytes(line as `0x${string}`));
  } catch {
    return null;
  }
}
