import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { isMissing } from '../base/files/file-error.js';
import { readTextFile } from '../base/files/input.js';
import { writeFileAtomically } from '../base/files/output.js';
import type { Address, Hash } from './point.js';

/** A transaction that is signed and may have been sent. */
export interface SignedTransaction {
  readonly hash: Hash;
  readonly raw: Hash;
  /** Wei a gas. */
  readonly maxFeePerGas: string;
  readonly maxPriorityFeePerGas: string;
}

/** A call on its way: one nonce, and every transaction that was signed for it, each paying more than the one before. */
export interface PendingCall {
  readonly what: string;
  readonly chainId: number;
  readonly from: Address;
  /** Null for a deployment. */
  readonly to: Address | null;
  readonly data: Hash;
  readonly nonce: number;
  readonly gas: string;
  readonly transactions: readonly SignedTransaction[];
}

/** A batch whose parts are being posted, or were, and are not all proven yet. */
export interface Posting {
  /** The number that was next when it was begun. */
  readonly first: number;
  /** keccak256 of each part's data, in order. */
  readonly dataHashes: readonly Hash[];
}

interface Content {
  readonly pending: PendingCall | null;
  /** Contracts that were deployed, by what they are. */
  readonly deployed: Readonly<Record<string, Address>>;
  /** By chain and contract. */
  readonly postings: Readonly<Record<string, Posting>>;
}

const EMPTY: Content = { pending: null, deployed: {}, postings: {} };

/** A journal file holds something else. */
export class JournalError extends Error {
  override readonly name = 'JournalError';
}

/**
 * What was signed, on disk before it is sent, so that whoever goes on after a kill goes on with the same
 * transaction and never sends a second one for the same purpose. Of two processes with one journal, neither
 * writes over what the other sends.
 *
 * @example
 * const journal = await Journal.open('journal.json');
 * journal.pending; // null, if nothing is on its way
 */
export class Journal {
  private constructor(
    private readonly file: string,
    private content: Content,
  ) {}

  /** @throws {JournalError} the file is none of these */
  static async open(file: string): Promise<Journal> {
    await mkdir(path.dirname(file), { recursive: true });
    return new Journal(file, await readContent(file));
  }

  get pending(): PendingCall | null {
    return this.content.pending;
  }

  /** A contract that was deployed, by what it is; undefined if none was. */
  deployed(what: string): Address | undefined {
    return this.content.deployed[what];
  }

  /**
   * Keeps the call that is on its way.
   * @param call null once it is settled
   * @throws {JournalError} another process has one on its way
   */
  setPending(call: PendingCall | null): Promise<void> {
    return this.write((content) => ({ ...content, pending: call }));
  }

  /** A deployment is settled. */
  setDeployed(what: string, address: Address): Promise<void> {
    return this.write((content) => ({ ...content, pending: null, deployed: { ...content.deployed, [what]: address } }));
  }

  /** The batch that is being posted at a place; undefined if none is. */
  posting(place: string): Posting | undefined {
    return this.content.postings[place];
  }

  /**
   * Keeps the batch that is being posted at a place.
   * @param posting null once it is done
   */
  setPosting(place: string, posting: Posting | null): Promise<void> {
    return this.write((content) => {
      const { [place]: _, ...others } = content.postings;
      return { ...content, postings: posting === null ? others : { ...others, [place]: posting } };
    });
  }

  private async write(change: (content: Content) => Content): Promise<void> {
    const found = await readContent(this.file);
    const ours = this.content.pending;
    if (found.pending !== null && !isSameCall(found.pending, ours)) {
      throw new JournalError(
        `${this.file}: another process is sending "${found.pending.what}"; run the command again when it is done`,
      );
    }
    const content = change(found);
    await writeFileAtomically(this.file, `${JSON.stringify(content, null, 2)}\n`);
    this.content = content;
  }
}

const isSameCall = (one: PendingCall, other: PendingCall | null): boolean =>
  other !== null && one.chainId === other.chainId && one.from === other.from && one.nonce === other.nonce;

async function readContent(file: string): Promise<Content> {
  let text: string;
  try {
    text = await readTextFile(file);
  } catch (error) {
    if (isMissing(error)) return EMPTY;
    throw error;
  }
  try {
    const { pending, deployed, postings } = JSON.parse(text) as Content;
    if ([pending, deployed, postings].some((part) => typeof part !== 'object')) throw new Error('a part is missing');
    return { pending, deployed, postings };
  } catch (cause) {
    throw new JournalError(`${file}: expected a journal of transactions, got something else`, { cause });
  }
}
