// Imports the snapshot in a directory into the database at the location given, saying `chunk` before each chunk, and
// waits to be killed. Needs the build in dist.
import { writeSync } from 'node:fs';
import { openDatabase } from '../../../dist/engine/database.js';
import { importSnapshot } from '../../../dist/engine/snapshot-folder.js';

const [, , location, directory] = process.argv;
await importSnapshot((options) => openDatabase(location, options), {
  directory,
  onProgress: () => writeSync(1, 'chunk\n'),
});
writeSync(1, 'done\n');
setInterval(() => {}, 1_000);
