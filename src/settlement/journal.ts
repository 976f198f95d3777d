import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { isMissing } from '../base/files/file-error.js';
import { readTextFile } from '../base/files/input.js';
import { writeFileAtomically } from '../base/files/output.js';
import type { Address, Hash } from './point.js';

/**
 * A transaction that is signed and may have been sent.
 * @see {@link Journal}
 */
export interface SignedTransaction {
  readonly hash: Hash;
  readonly raw: Hash;
  /** Wei a gas. */
  readonly maxFeePerGas: string;
  readonly maxPriorityFeePerGas: string;
}

/**
 * A call on its way: one nonce, and every transaction that was signed for it, each paying more than the one before.
 * @see {@link Journal}
 */
export interface PendingCall {
  readonly what: string;
  readonly chainId: number;
  readonly from: Address;
  /** Null for a deployment. */
  readonly to: Address | null;
  readonly data: Hash;
  readonly nonce: number;
  readonly gas: string;
  /** Wei that it sends along; left out for none. */
  readonly value?: string;
  /** True once an endpoint said that it reverted: it is forgotten when a second look finds the same. */
  readonly isReverted?: true;
  readonly transactions: readonly SignedTransaction[];
}

/**
 * A batch whose parts are being posted, or were, and are not all proven yet.
 * @see {@link Journal}
 */
export interface Posting {
  /** The number that was next when it was begun. */
  readonly first: number;
  /** keccak256 of each part's data, in order. */
  readonly dataHashes: readonly Hash[];
}

/**
 * A batch that is being forced.
 * @see {@link Journal}
 */
export interface Forcing {
  /** The index that was next when it was begun. */
  readonly first: number;
  /** keccak256 of its data. */
  readonly dataHash: Hash;
  /** The block of its transaction, once that is settled. */
  readonly block: number | null;
}

interface Content {
  readonly pending: PendingCall | null;
  /** Contracts that were deployed, by what they are. */
  readonly deployed: Readonly<Record<string, Address>>;
  /** By chain and contract. */
  readonly postings: Readonly<Record<string, Posting>>;
  /** By chain and contract. */
  readonly forcings: Readonly<Record<string, Forcing>>;
  /** The hash of the block that a chain began with, by the chain's id. */
  readonly chains: Readonly<Record<string, Hash>>;
}

const EMPTY: Content = { pending: null, deployed: {}, postings: {}, forcings: {}, chains: {} };

/** A journal file holds something else, or is of another chain or process. */
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
    readonly file: string,
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
    return this.write((content) => ({ ...content, postings: withOne(content.postings, place, posting) }));
  }

  /** The batch that is being forced at a place; undefined if none is. */
  forcing(place: string): Forcing | undefined {
    return this.content.forcings[place];
  }

  /**
   * Keeps the batch that is being forced at a place.
   * @param forcing null once it is done
   */
  setForcing(place: string, forcing: Forcing | null): Promise<void> {
    return this.write((content) => ({ ...content, forcings: withOne(content.forcings, place, forcing) }));
  }

  /**
   * Checks that the journal is of this chain, and keeps which one it is.
   * @param genesis the hash of the chain's first block
   * @throws {JournalError} the journal is of another chain with this id
   */
  async requireChain(id: number, genesis: Hash): Promise<void> {
    const known = this.content.chains[id];
    if (known === genesis) return;
    if (known !== undefined) {
      throw new JournalError(
        `${this.file} is of a chain ${id} that began with block ${known}, but the chain of the endpoint began with block ${genesis}: if the chain was begun anew, delete the file, else use an endpoint of the other chain`,
      );
    }
    await this.write((content) => ({ ...content, chains: { ...content.chains, [id]: genesis } }));
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

/** Records with one of them set, or without it if it is null. */
function withOne<T>(records: Readonly<Record<string, T>>, name: string, value: T | null): Record<string, T> {
  const { [name]: _, ...others } = records;
  return value === null ? others : { ...others, [name]: value };
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
    // Journals of earlier versions lack the last two.
    const { pending, deployed, postings, forcings = {}, chains = {} } = JSON.parse(text) as Content;
    const parts = [pending, deployed, postings, forcings, chains];
    if (parts.some((part) => typeof part !== 'object')) throw new Error('a part is missing');
    return { pending, deployed, postings, forcings, chains };
  } catch (cause) {
    throw new JournalError(`${file}: expected a journal of transactions, got something else`, { cause });
  }
}
