import type { StateSource } from '../../rules/common/view.js';
import type { EntryKey } from '../../state/batch/access.js';
import { entryId } from '../../state/batch/encoding.js';
import { RpcError } from '../../base/json-rpc/answer.js';
import type { StoredBlock } from '../store/state-db.js';
import type { RpcContext } from './context.js';
import { SERVER_ERROR } from './errors.js';
import { stateAfter } from './simulate.js';

/** The state before a transaction: that before its block, and what the transactions before it in the block wrote. */
export class StateBefore implements StateSource {
  #written: Promise<ReadonlyMap<string, bigint>> | null = null;

  constructor(
    private readonly context: RpcContext,
    private readonly parent: StoredBlock,
    private readonly earlier: readonly bigint[],
  ) {}

  /** @throws {RpcError} an access log is not kept */
  async getMany(entries: readonly EntryKey[]): Promise<bigint[]> {
    this.#written ??= this.#readWritten();
    const written = await this.#written;
    const values = await stateAfter(this.context, this.parent).getMany(entries);
    return entries.map((entry, i) => written.get(entryId(entry)) ?? values[i]!);
  }

  async #readWritten(): Promise<ReadonlyMap<string, bigint>> {
    const written = new Map<string, bigint>();
    for (const hash of this.earlier) {
      const log = await this.context.store.accessLog(hash);
      if (log === null) throw new RpcError(SERVER_ERROR, 'the access logs of this block are not kept');
      for (const { value, ...entry } of log.writes) written.set(entryId(entry), value);
    }
    return written;
  }
}
