import { CATALOGUE } from '../../machine/circuit/catalogue.js';
import { frToHex } from '../../base/field/fr.js';
import { readBatches, readCircuits, readFollowed } from '../../settlement/chain.js';
import { openEndpoint } from '../../settlement/provider.js';
import { syncState } from '../../settlement/sync.js';
import { opener } from '../database.js';
import { parseContract } from '../input.js';
import { count, table } from '../io.js';
import type { Outcome } from '../io.js';
import type { Places } from '../places.js';
import { eventsFile, warnOfKeys } from './settle.js';

export interface SyncOptions {
  readonly rpc: string;
  readonly contract: string;
}

const WENT_BACK = {
  reorganised: 'The chain was reorganised: the database went back to the last state that the chain still has.',
  moved: 'The database was at a state of its own: it went back to the last one that the chain has.',
} as const;

export async function syncCommand(places: Places, options: SyncOptions): Promise<Outcome> {
  const contract = parseContract(options.contract);
  const provider = openEndpoint(options.rpc);
  const circuits = await readCircuits(provider, contract);
  warnOfKeys(circuits);
  const [{ name }] = circuits;
  const followed = await readFollowed(provider, contract);
  const batches = await readBatches(provider, contract, { events: await eventsFile(places, { provider, contract }) });
  const db = await opener(places)({ createIfMissing: true, bitsPerLevel: CATALOGUE[name].bitsPerLevel });
  try {
    const { root, number, applied, wentBack } = await syncState(db, followed, batches);
    const hex = frToHex(root);
    const virtual = batches.length - number;
    const rows = [
      ['root', `${hex}, consolidated by batch ${number}`],
      ['added now', count(applied, 'batch', 'batches')],
      ['waiting', `${count(virtual, 'batch', 'batches')} posted and not yet proven`],
    ] as const;
    const went = wentBack === null ? '' : `${WENT_BACK[wentBack]}\n`;
    return {
      text: `${went}The database is at the consolidated root.\n${table(rows)}`,
      json: { root: hex, batch: number, applied, waiting: virtual, wentBack },
    };
  } finally {
    await db.close();
  }
}
