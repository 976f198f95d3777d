import type { Uint256 } from '../../base/field/limbs.js';
import type { DropReason } from './types.js';

const MOST = 4_096;

/** Why transactions left lately: the last so many. */
export class Recent {
  readonly #dropped = new Map<Uint256, { readonly reason: DropReason; readonly message: string }>();

  note(hash: Uint256, reason: DropReason, message: string): void {
    this.#dropped.delete(hash);
    this.#dropped.set(hash, { reason, message });
    for (const oldest of this.#dropped.keys()) {
      if (this.#dropped.size <= MOST) return;
      this.#dropped.delete(oldest);
    }
  }

  /** For whoever sent it. */
  message(hash: Uint256): string | undefined {
    const found = this.#dropped.get(hash);
    return found === undefined ? undefined : `${found.reason}: ${found.message}`;
  }

  /** Why it can be in no block, if the sequencer found that. */
  rejected(hash: Uint256): string | undefined {
    const found = this.#dropped.get(hash);
    return found?.reason === 'rejected' ? found.message : undefined;
  }
}
