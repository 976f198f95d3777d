import * as z from 'zod';
import type { StoredLog } from '../../store/state-db.js';
import { word } from '../hex.js';
import type { Hex } from '../hex.js';
import { LOG_QUERY, search } from '../log-query.js';
import { method } from '../method.js';
import type { Methods } from '../method.js';
import { showLog } from '../show-transaction.js';

const ID = z.string('expected the id of a filter').regex(/^0x[0-9a-f]{1,64}$/i, 'expected the id of a filter');
const FILTER = z.tuple([ID.transform((id) => id as Hex)]);

const shown = (logs: readonly StoredLog[]): object[] => logs.map((log) => showLog(log));

/** Logs, and filters that tell what is new. */
export const LOG_METHODS: Methods = {
  eth_getLogs: method(z.tuple([LOG_QUERY]), async ({ store, limits }, query) =>
    shown(await search(store, limits, query)),
  ),

  eth_newFilter: method(z.tuple([LOG_QUERY]), ({ filters }, query) => filters.addLogs(query)),
  eth_newBlockFilter: method(z.tuple([]), ({ filters }) => filters.addBlocks()),
  eth_newPendingTransactionFilter: method(z.tuple([]), async ({ filters }) => filters.addPending()),
  eth_uninstallFilter: method(FILTER, async ({ filters }, id) => filters.remove(id)),
  eth_getFilterChanges: method(FILTER, async ({ filters }, id) => {
    const changes = await filters.changes(id);
    return changes.kind === 'logs' ? shown(changes.logs) : changes.hashes.map(word);
  }),
  eth_getFilterLogs: method(FILTER, async ({ store, limits, filters }, id) =>
    shown(await search(store, limits, filters.query(id))),
  ),
};
