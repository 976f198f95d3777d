import { frToHex } from '../../base/field/fr.js';
import { checkTrace } from '../../machine/trace/check.js';
import { parseTrace } from '../../machine/trace/file.js';
import { describeViolation } from '../../machine/trace/violation.js';
import { readFileAs } from '../input.js';
import { count } from '../io.js';
import type { Outcome } from '../io.js';
import type { Places } from '../places.js';

export async function checkCommand(places: Places, file: string): Promise<Outcome> {
  const trace = await readFileAs(places, file, parseTrace);
  const violation = checkTrace(trace);
  if (violation !== null) {
    return { text: `Not valid: ${describeViolation(violation)}.`, json: { valid: false, violation }, valid: false };
  }
  const { log, keys, reads, writes, publics } = trace;
  const rows = `${count(log.length, 'access', 'accesses')}, ${count(keys.length, 'key')}, ${count(reads.length, 'read row')} and ${count(writes.length, 'write row')}`;
  const oldRoot = frToHex(publics.oldRoot);
  const newRoot = frToHex(publics.newRoot);
  return {
    text: `Valid: every rule holds for ${rows}, from root ${oldRoot} to root ${newRoot}; accept it only if you know root ${oldRoot}.`,
    json: {
      valid: true,
      oldRoot,
      newRoot,
      accesses: log.length,
      keys: keys.length,
      reads: reads.length,
      writes: writes.length,
    },
  };
}
