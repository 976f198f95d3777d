import { appendFile, mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomically } from '../base/files/output.js';
import type { Hash } from './point.js';

/** An event as the chain has it, to be decoded by the contract's ABI. */
export interface RawEvent {
  readonly topics: [] | [signature: Hash, ...indexed: Hash[]];
  readonly data: Hash;
}

/**
 * How a settlement's events are read.
 * @see {@link readBatches}
 */
export interface ReadOptions {
  /** A file that keeps the events, so that each is asked for once. None is kept by default. */
  readonly events?: string | undefined;
}

/** A block up to which all events were read. */
export interface Checkpoint {
  readonly block: string;
  readonly hash: Hash;
}

/** Events, and the block up to which they are all. */
interface Piece {
  readonly events: readonly RawEvent[];
  readonly checkpoint: Checkpoint;
}

/**
 * A settlement's events in a file, so that they are asked for once. One line holds what one reading added, with its
 * checkpoint: if the chain does not have that block any more, the line does not count.
 */
export class EventFile {
  private constructor(
    private readonly file: string | undefined,
    private pieces: readonly Piece[],
    /** False if the file has lines beyond these pieces. */
    private isWhole: boolean,
  ) {}

  /** What a file has; a line that is torn or is something else, and all after it, is read from the chain again. */
  static async open(file: string | undefined): Promise<EventFile> {
    const pieces: Piece[] = [];
    if (file === undefined) return new EventFile(file, pieces, true);
    const handle = await open(file).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (handle === null) return new EventFile(file, pieces, true);
    // It closes the file.
    for await (const line of handle.readLines()) {
      const piece = pieceOf(line);
      if (piece === null) return new EventFile(file, pieces, false);
      pieces.push(piece);
    }
    return new EventFile(file, pieces, true);
  }

  /** Up to which block the events are kept; undefined if none are. */
  get checkpoint(): Checkpoint | undefined {
    return this.pieces.at(-1)?.checkpoint;
  }

  get events(): readonly RawEvent[] {
    return this.pieces.flatMap(({ events }) => events);
  }

  /** Drops what the last reading added: the chain has left its block. */
  dropLast(): void {
    this.pieces = this.pieces.slice(0, -1);
    this.isWhole = false;
  }

  /** Drops everything. */
  clear(): void {
    this.pieces = [];
    this.isWhole = false;
  }

  /** Keeps what was read after the last checkpoint, up to a new one. */
  async add(events: readonly RawEvent[], checkpoint: Checkpoint): Promise<void> {
    if (this.file === undefined || checkpoint.block === this.checkpoint?.block) return;
    const piece = { events: events.map(({ topics, data }) => ({ topics, data })), checkpoint };
    this.pieces = [...this.pieces, piece];
    await mkdir(path.dirname(this.file), { recursive: true });
    if (this.isWhole) await appendFile(this.file, lineOf(piece));
    else await writeFileAtomically(this.file, linesOf(this.pieces));
    this.isWhole = true;
  }
}

const lineOf = (piece: Piece): string => `${JSON.stringify(piece)}\n`;

async function* linesOf(pieces: readonly Piece[]): AsyncGenerator<string> {
  for (const piece of pieces) yield lineOf(piece);
}

const isHex = (value: unknown): boolean => typeof value === 'string' && /^0x[0-9a-f]*$/i.test(value);

/** A line's piece; null if it is none. */
function pieceOf(line: string): Piece | null {
  try {
    const { events, checkpoint } = JSON.parse(line) as Piece;
    const isPiece =
      /^[0-9]+$/.test(checkpoint.block) &&
      isHex(checkpoint.hash) &&
      events.every(({ topics, data }) => topics.every(isHex) && isHex(data));
    return isPiece ? { events, checkpoint } : null;
  } catch {
    return null;
  }
}
