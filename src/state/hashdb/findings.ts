import type { Damage } from './check-report.js';
import { keys } from './codec.js';
import { sameBytes } from './driver.js';
import type { Change } from './driver.js';
import { attempt, DamagedRecordError } from './record.js';
import { seal, unseal } from './seal.js';
import type { HeadChange, Records } from './records.js';
import { decodeHead, encodeHead } from './root-record.js';
import type { Head } from './root-record.js';

/**
 * What a check finds, and what it repairs. Others may write meanwhile: each repair is guarded by the head that
 * the check saw, and where that has moved, by another look at what the repair is for.
 */
export class Findings {
  readonly damages: Damage[] = [];
  private wasMoved = false;

  private constructor(
    private readonly records: Records,
    /** Is something to be written at all? */
    readonly repairs: boolean,
    /** The head's record as it was last seen, or as an own repair left it. */
    private seen: Uint8Array | undefined,
  ) {}

  static async begin(records: Records, repairs: boolean): Promise<Findings> {
    const [head] = await records.driver.getMany([keys.head]);
    return new Findings(records, repairs, head);
  }

  /** The head as it was last seen, or what is wrong with it. */
  head(): Head | DamagedRecordError {
    const { seen } = this;
    if (seen === undefined) return new DamagedRecordError(keys.head, 'is missing');
    return attempt(() => decodeHead(keys.head, unseal(keys.head, seen)));
  }

  /** Has something else written since the check began? */
  async isMoved(): Promise<boolean> {
    const [head] = await this.records.driver.getMany([keys.head]);
    this.wasMoved ||= !sameBytes(head, this.seen);
    return this.wasMoved;
  }

  tell(sort: Damage['sort'], what: string, repaired: boolean): void {
    this.damages.push({ sort, what, repaired });
  }

  /**
   * Makes changes, if something is to be repaired: at once if nothing else was written since the check began,
   * else only if `holds` says that they are still to be made.
   * @returns whether they were made
   */
  async repair(changes: readonly Change[], holds: () => Promise<boolean>, next: HeadChange = {}): Promise<boolean> {
    if (!this.repairs) return false;
    for (;;) {
      const head = this.head();
      if (head instanceof DamagedRecordError) return false;
      const moved = await this.records.write(head, next, changes);
      if (moved !== null) {
        this.seen = seal(keys.head, encodeHead(moved));
        return true;
      }
      await this.lookAgain();
      if (!(await holds())) return false;
    }
  }

  /** Puts a head in the place of one that cannot be read. @returns whether it was done */
  async makeHead(head: Head): Promise<boolean> {
    if (!this.repairs) return false;
    const value = seal(keys.head, encodeHead(head));
    const made = await this.records.driver.writeIf({ key: keys.head, value: this.seen }, [{ key: keys.head, value }]);
    if (made) this.seen = value;
    else await this.lookAgain();
    return made;
  }

  private async lookAgain(): Promise<void> {
    this.wasMoved = true;
    [this.seen] = await this.records.driver.getMany([keys.head]);
  }
}
