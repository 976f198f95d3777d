/** Payments as plain arithmetic on a map, written apart from the rules: what the property tests compare with. */
import type { PaymentInstruction } from '../../../src/rules/payments/operation.js';

export interface ModelAccount {
  keyHash: bigint;
  nonce: bigint;
  balance: bigint;
}

/** An instruction, and whether its signature is that of the account's owner: `signer` is the hash of the key. */
export interface Step {
  readonly instruction: PaymentInstruction;
  readonly signer: bigint;
  /** Whether what is signed is what the instruction says. */
  readonly isIntact: boolean;
}

const MAX = 2n ** 96n - 1n;

export class Model {
  readonly accounts = new Map<bigint, ModelAccount>([[0n, { keyHash: 0n, nonce: 0n, balance: MAX }]]);
  fees = 0n;

  constructor(
    private readonly feeRecipient: bigint,
    private readonly timestamp: bigint,
  ) {}

  at(address: bigint): ModelAccount {
    const account = this.accounts.get(address) ?? { keyHash: 0n, nonce: 0n, balance: 0n };
    this.accounts.set(address, account);
    return account;
  }

  get total(): bigint {
    return [...this.accounts.values()].reduce((sum, { balance }) => sum + balance, this.fees);
  }

  /** Whether the step is permitted; if so, it has been taken. */
  take({ instruction, signer, isIntact }: Step): boolean {
    switch (instruction.kind) {
      case 'signed': {
        const { payment, nonce } = instruction;
        const from = this.at(payment.from);
        const cost = payment.amount + payment.fee * 1_000_000_000n;
        const permitted =
          isIntact &&
          signer === from.keyHash &&
          signer !== 0n &&
          nonce === from.nonce &&
          nonce < 2n ** 32n - 1n &&
          cost <= from.balance &&
          this.timestamp <= payment.validUntil &&
          payment.from !== 0n &&
          (payment.kind === 'transfer' ? payment.to : payment.recipient) !== 0n;
        if (!permitted) return false;
        from.nonce += 1n;
        from.balance -= cost;
        this.fees += cost - payment.amount;
        this.at(payment.kind === 'transfer' ? payment.to : 0n).balance += payment.amount;
        return true;
      }
      case 'deposit': {
        if (instruction.to === 0n || instruction.amount > this.at(0n).balance) return false;
        this.at(0n).balance -= instruction.amount;
        const to = this.at(instruction.to);
        to.balance += instruction.amount;
        if (instruction.keyHash !== 0n) to.keyHash = instruction.keyHash;
        return true;
      }
      case 'setKey':
        if (instruction.account === 0n) return false;
        this.at(instruction.account).keyHash = instruction.keyHash;
        return true;
      case 'exit': {
        if (instruction.account === 0n) return false;
        const account = this.at(instruction.account);
        this.at(0n).balance += account.balance;
        account.balance = 0n;
        return true;
      }
      case 'collect':
        this.at(this.feeRecipient).balance += this.fees;
        this.fees = 0n;
        return true;
    }
  }
}
