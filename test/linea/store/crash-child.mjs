// Does blocks to the database at the location given until it is killed. Says `making` right before each write and
// `made NUMBER` right after a block is done. With a second argument, it kills itself that many steps of the event loop
// after its first write began. Needs the build in dist.
import { writeSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { openDriver } from '../../../dist/engine/database.js';
import { POSEIDON_BN254, StateDb } from '../../../dist/linea.js';
import { blockOf } from './crash-model.mjs';

const [location, turns] = process.argv.slice(2);
const driver = await openDriver(location, { createIfMissing: true });
const db = await StateDb.open(driver, POSEIDON_BN254, { createIfMissing: true });
const write = driver.writeIf.bind(driver);
driver.writeIf = (guard, changes) => {
  writeSync(1, `making\n`);
  const writing = write(guard, changes);
  if (turns !== undefined) void killAfter(Number(turns));
  return writing;
};
for (let { number } = await db.head(); ;) {
  await db.apply(blockOf(number + 1));
  number++;
  writeSync(1, `made ${number}\n`);
  if (number % 4 === 0) await db.prune(number - 1);
  if (number % 5 === 0) number = (await db.rollback()).number;
}

async function killAfter(count) {
  for (let i = 0; i < count; i++) await turn();
  process.kill(process.pid, 'SIGKILL');
}
