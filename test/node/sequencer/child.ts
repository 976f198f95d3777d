/**
 * A node without an RPC in a process of its own, to be killed. Told a transaction in hexadecimal, a line each, it says
 * `have HASH` once the pool has it. Arguments: the SQL's URL, the HashDB's directory, and after which step (`stored:2`,
 * its second time) it kills itself; any other word: never. Says `ready` when it takes transactions, and ends with its
 * input, when all that it has is in blocks.
 */
import { createInterface } from 'node:readline';
import { hexToBytes } from 'viem';
import type { Hex } from 'viem';
import { openDatabase } from '../../../src/engine/database.js';
import { openPool } from '../../../src/node/pool/pool.js';
import { beginChain } from '../../../src/node/sequencer/begin-chain.js';
import { Sequencer } from '../../../src/node/sequencer/sequencer.js';
import { DEFAULT_SETTINGS } from '../../../src/node/sequencer/settings.js';
import { storedAccounts } from '../../../src/node/sequencer/stored-accounts.js';
import { openSql } from '../../../src/node/sql/postgres.js';
import { StateStore } from '../../../src/node/store/state-store.js';
import { AT, GENESIS } from './chain.js';

const [url, folder, end] = process.argv.slice(2) as [string, string, string];
const [fatal, times] = end.split(':');
let left = Number(times);
let turn = (): void => {};
const sql = openSql(url);
const db = await openDatabase(folder, { createIfMissing: true });
const store = await StateStore.open(sql);
const parts = { chain: GENESIS.chain, db, store };
await beginChain(parts, GENESIS, AT);
const pool = await openPool(sql, GENESIS.chain, storedAccounts(parts), { blockGasLimit: 30_000_000n });
const settings = { ...DEFAULT_SETTINGS, beatMs: 0, mostWrites: 14 };
const sequencer = Sequencer.start({
  ...parts,
  source: pool,
  settings,
  onStep: (step) => {
    turn();
    if (step === fatal && --left === 0) process.kill(process.pid, 'SIGKILL');
  },
  onStop: (error) => {
    console.log(`stopped ${error.message}`);
    process.exit(1);
  },
});
console.log('ready');
const adding: Promise<void>[] = [];
for await (const line of createInterface({ input: process.stdin })) {
  const add = async (): Promise<void> => {
    try {
      console.log(`have 0x${(await pool.add(hexToBytes(line as Hex))).toString(16)}`);
    } catch (error) {
      console.log(`refused ${(error as Error).message}`);
    }
  };
  adding.push(add());
}
await Promise.all(adding);
// What it has acknowledged is to be in blocks before it ends.
while (pool.status().pending > 0) await new Promise<void>((resolve) => (turn = resolve));
await sequencer.close();
await pool.close();
await db.close();
await sql.close();
