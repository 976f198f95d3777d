import { checkWritable, writeFileAtomically } from '../../base/files/output.js';
import { frToHex } from '../../base/field/fr.js';
import { uint256ToHex } from '../../base/field/limbs.js';
import { openEndpoint } from '../../settlement/provider.js';
import { proveReads } from '../../settlement/reads.js';
import { formatEntry } from '../../machine/trace/file.js';
import { describeEntry } from '../../state/batch/access.js';
import { readEntryKeys } from '../entries.js';
import { parseContract } from '../input.js';
import { count, table } from '../io.js';
import type { Outcome } from '../io.js';
import { shortPath } from '../places.js';
import type { Places } from '../places.js';
import { watched } from '../progress.js';
import { withLogProver } from './settle.js';

export interface CheckReadsOptions {
  readonly rpc: string;
  readonly contract: string;
  readonly prover: string;
  readonly out: string;
}

export async function checkReadsCommand(
  places: Places,
  entriesFile: string,
  options: CheckReadsOptions,
): Promise<Outcome> {
  const keys = await readEntryKeys(places, entriesFile);
  const contract = parseContract(options.contract);
  await checkWritable(options.out);
  const { root, number, version, entries, data, chunks, calldata } = await watched((watching) => {
    const settlement = { provider: openEndpoint(options.rpc, watching), contract, ...watching };
    return withLogProver(places, options.prover, settlement, (prover) => proveReads(prover, keys));
  });
  const document = { contract, batch: number, version, root: frToHex(root), data, chunks, calldata };
  const text = JSON.stringify(document, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value), 2);
  await writeFileAtomically(options.out, `${text}\n`);
  const rows = [
    ...entries.map(
      (entry) => [describeEntry(entry), entry.value === 0n ? 'absent' : uint256ToHex(entry.value)] as const,
    ),
    ['root', `${frToHex(root)}, after batch ${number}`] as const,
    [
      'call',
      `${(calldata.length - 2) / 2} bytes, ${count(chunks.length, 'proof')}, in ${shortPath(options.out)}`,
    ] as const,
  ];
  return {
    text: `The settlement at ${contract} accepts that these entries have these values.\n${table(rows)}`,
    json: {
      contract,
      root: frToHex(root),
      entries: entries.map((entry) => ({
        ...formatEntry(entry),
        value: uint256ToHex(entry.value),
        present: entry.value !== 0n,
      })),
      calldataBytes: (calldata.length - 2) / 2,
      proofs: chunks.length,
      files: { reads: options.out },
    },
  };
}
