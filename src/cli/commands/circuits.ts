import { DEFAULT_CIRCUITS } from '../../machine/circuit/catalogue.js';
import { findFiles } from '../../machine/circuit/compile.js';
import { circuitPins } from '../../machine/circuit/pins.js';
import { RULES_CATALOGUE } from '../../machine/circuit/rules-catalogue.js';
import type { Measurement } from '../../machine/circuit/pins.js';
import { DIMENSIONS, roomIn } from '../../machine/planner/utilisation.js';
import type { Dimension } from '../../machine/planner/utilisation.js';
import { listCircuits } from '../../engine/circuits.js';
import type { ListedCircuit } from '../../engine/circuits.js';
import { transcriptHash } from '../../proof/setup/transcript.js';
import { describeCeremony } from '../../proof/verifier/words.js';
import { columns, table } from '../io.js';
import type { Outcome } from '../io.js';
import { shortPath } from '../places.js';
import type { Places } from '../places.js';
import { ownRules } from '../rules.js';

const ROOMS: Readonly<Record<Dimension, string>> = {
  accesses: 'accesses',
  readRows: 'reads',
  updateRows: 'updates',
  writeRows: 'writes',
  levels: 'levels',
};

const COSTS: readonly (readonly [heading: string, number: Exclude<keyof Measurement, 'digest'>])[] = [
  ['non-zero A', 'nonZeroA'],
  ['B', 'nonZeroB'],
  ['C', 'nonZeroC'],
  ['wires on B', 'wiresOnB'],
  ['compile s', 'compileSeconds'],
  ['MiB', 'compileMiB'],
  ['keys s', 'keysSeconds'],
  ['MB', 'keyMB'],
  ['witness s', 'witnessSeconds'],
  ['proof s', 'proofSeconds'],
  ['MiB', 'proofMiB'],
];

const NOTES = `Each distinct key takes one row: a read row if its value stays, an update row if it has a value before and after, or a write
row for any change. Levels are those of the longest rows; most rows are shorter. Write and update rows can also hold reads.
For the rows of each length: rootshift inspect --circuit NAME.`;

export async function circuitsCommand(places: Places): Promise<Outcome> {
  const { store } = places;
  const rules = await rulesCircuits(places);
  const { circuits, machine } = await listCircuits(store);
  const headings = [
    'circuit',
    'arity',
    ...DIMENSIONS.map((dimension) => ROOMS[dimension]),
    'top levels',
    'constraints',
    'wires',
    'compiled',
    'keys',
  ];
  const text = [
    columns(headings, circuits.map(row)),
    '',
    `Measured on ${machine}, with snarkjs:`,
    columns(['circuit', ...COSTS.map(([heading]) => heading)], circuits.map(costs)),
    '',
    'Circuits of rules:',
    columns(['circuit', 'rules', 'rows', 'constraints', 'compiled'], rules.map(rulesRow)),
    '',
    ...ceremonies(circuits),
    ...circuits.flatMap(({ damage }) => (damage === null ? [] : [`Damaged: ${damage}`, ''])),
    NOTES,
    `The default circuit is ${DEFAULT_CIRCUITS[2]}, for a binary tree ${DEFAULT_CIRCUITS[1]}. Compiled circuits and keys are in ${shortPath(store.directory)}.`,
  ].join('\n');
  return { text, json: { default: DEFAULT_CIRCUITS[2], machine, circuits: circuits.map(listed), rules } };
}

/** A circuit of rules; its constraints are null if it was never compiled. */
interface ListedRules {
  readonly name: string;
  readonly rules: string;
  readonly rows: number;
  readonly constraints: number | null;
  readonly digest: string | null;
  readonly compiled: boolean;
}

/** Those of the package, then those of the user's own rules. */
async function rulesCircuits(places: Places): Promise<ListedRules[]> {
  const own = (await ownRules(places)).flatMap(({ circuits }) => circuits);
  const pins = await circuitPins();
  return Promise.all(
    [...Object.values(RULES_CATALOGUE), ...own].map(async (circuit) => {
      const { name, rules, rows } = circuit;
      const compiled = await findFiles(places.store, circuit);
      const { constraints = null, digest = null } = compiled ?? pins[name] ?? {};
      return { name, rules, rows, constraints, digest, compiled: compiled !== null };
    }),
  );
}

const rulesRow = ({ name, rules, rows, constraints, compiled }: ListedRules): string[] => [
  name,
  rules,
  `${rows}`,
  grouped(constraints ?? undefined),
  compiled ? 'yes' : 'no',
];

/** How the ceremonies made the keys; empty if there are none. */
function ceremonies(circuits: readonly ListedCircuit[]): string[] {
  const keys = circuits.flatMap((circuit) => circuit.keys).filter(({ ceremony }) => ceremony !== null);
  if (keys.length === 0) return [];
  const rows = keys.flatMap(({ circuit, ceremony, verificationKeyHash }): [string, string][] => [
    [circuit.name, describeCeremony(ceremony!)],
    ['', `verification key ${verificationKeyHash}`],
    ['', `transcript ${transcriptHash(ceremony!)}`],
  ]);
  return ['Ceremonies:', table(rows), ''];
}

const grouped = (n: number | undefined): string => n?.toLocaleString('en') ?? '-';

const row = (circuit: ListedCircuit): string[] => [
  circuit.name,
  `${2 ** circuit.size.bitsPerLevel}`,
  ...DIMENSIONS.map((dimension) => grouped(roomIn(circuit.size, dimension))),
  grouped(circuit.size.topLevels),
  grouped(circuit.pin?.constraints),
  grouped(circuit.pin?.wires),
  ...artifactCells(circuit),
];

/** Whether the circuit is compiled, and which keys it has. */
function artifactCells({ isCompiled, keys, damage }: ListedCircuit): [string, string] {
  if (damage !== null) return ['damaged', 'damaged'];
  const described = keys.map(({ setup, zkeyBytes }) => `${setup}, ${megabytes(zkeyBytes)}`).join('; ');
  return [isCompiled ? 'yes' : 'no', described || 'none'];
}

const costs = ({ name, measured }: ListedCircuit): string[] => [
  name,
  ...COSTS.map(([, number]) => grouped(measured?.[number])),
];

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

const listed = ({ name, size, pin, measured, isCompiled, keys, damage }: ListedCircuit): object => ({
  name,
  arity: 2 ** size.bitsPerLevel,
  ...size,
  constraints: pin?.constraints ?? null,
  wires: pin?.wires ?? null,
  digest: pin?.digest ?? null,
  measured,
  compiled: isCompiled,
  damage,
  keys: keys.map(({ setup, insecure, ceremony, verificationKeyHash, zkeyBytes }) => ({
    setup,
    insecure,
    verificationKey: verificationKeyHash,
    bytes: zkeyBytes,
    ceremony,
  })),
});
