import path from 'node:path';
import { publicSignalsOf, RULES_SIGNALS } from '../../machine/circuit/rules-catalogue.js';
import { circuitPins } from '../../machine/circuit/pins.js';
import { checkWritable } from '../../base/files/output.js';
import { installKeys } from '../../engine/install-keys.js';
import {
  acceptKey,
  beginCeremony,
  checkPtau,
  closeCeremony,
  ContributionError,
  contributeToKey,
  findPtau,
  missingFrom,
  neededPower,
  openCeremony,
  parseTranscript,
  readContributions,
  refuseBegun,
  TRANSCRIPT_NAME,
  verifyKey,
} from '../../proof/setup/index.js';
import type { Ceremony, Contribution, SetupEstimate, Transcript } from '../../proof/setup/index.js';
import { describeCeremony, quoted } from '../../proof/verifier/words.js';
import { InputError, readFileAs } from '../input.js';
import { printAside, table } from '../io.js';
import type { Outcome } from '../io.js';
import { shortPath } from '../places.js';
import type { Places } from '../places.js';
import { printBetween, watched } from '../progress.js';
import { circuitNamed, compileAny } from '../rules.js';

export interface PtauOption {
  readonly ptau?: string;
}

export interface BeginOptions extends PtauOption {
  readonly circuit: string;
  readonly unlistedPtau?: true;
}

export async function beginCommand(places: Places, directory: string, options: BeginOptions): Promise<Outcome> {
  await checkWritable(path.join(directory, TRANSCRIPT_NAME));
  await refuseBegun(directory);
  const { circuit: name } = options;
  const named = await circuitNamed(places, name);
  const ptau = await ptauFor(places, name, options);
  const ceremony = await watched(async (watching) => {
    const circuit = await compileAny(places, named, watching);
    const allowUnlisted = options.unlistedPtau === true;
    return beginCeremony({ directory, circuit, ptau, allowUnlisted, onEstimate, ...watching });
  });
  const next = `send ${shortPath(ceremony.zkey)} to the first contributor, who runs \`rootshift setup contribute\``;
  return describe(`Began a ceremony for circuit ${name}.`, ceremony, next);
}

export interface ContributeOptions {
  readonly name: string;
  readonly text?: string;
}

export async function contributeCommand(from: string, to: string, { name, text }: ContributeOptions): Promise<Outcome> {
  await checkWritable(to);
  const { number, hash } = await watched((watching) =>
    contributeToKey({ from, to, name, ...(text !== undefined && { text }), onEstimate, ...watching }),
  );
  const rows = [
    ['contribution', `number ${number}, ${quoted(name)}`],
    ['hash', hash],
    ['file', shortPath(to)],
  ] as const;
  const next =
    'send the file to the coordinator, and publish the hash under your own name: it shows that your ' +
    'contribution is in the key';
  return {
    text: `Contributed. The secret was only in memory, and is gone.\n${table(rows)}\nNext: ${next}`,
    json: { number, name, hash, files: { zkey: shortPath(to) }, next },
  };
}

export async function acceptCommand(
  places: Places,
  directory: string,
  zkey: string,
  options: PtauOption,
): Promise<Outcome> {
  const { transcript } = await openCeremony(directory);
  const ptau = await ptauFor(places, transcript.circuit.name, options);
  return unlessRefused(async () => {
    const ceremony = await watched((watching) => acceptKey({ directory, zkey, ptau, onEstimate, ...watching }));
    const next = `send ${shortPath(ceremony.zkey)} to the next contributor, or close the ceremony with \`rootshift setup beacon\``;
    return describe('Verified and accepted.', ceremony, next);
  });
}

export interface BeaconOptions {
  readonly value: string;
  readonly iterationsExponent: string;
}

export async function beaconCommand(directory: string, { value, iterationsExponent }: BeaconOptions): Promise<Outcome> {
  if (!/^[0-9]{1,2}$/.test(iterationsExponent)) {
    throw new InputError(`--iterations-exponent: expected a whole number, got ${iterationsExponent}`);
  }
  const beacon = { value, iterationsExponent: Number(iterationsExponent) };
  const ceremony = await watched((watching) => closeCeremony({ directory, beacon, onEstimate, ...watching }));
  const next = `publish ${shortPath(ceremony.zkey)} and ${shortPath(path.join(directory, TRANSCRIPT_NAME))}; whoever proves runs \`rootshift setup install\``;
  return describe('Closed the ceremony with a beacon.', ceremony, next);
}

export interface VerifyKeyOptions extends PtauOption {
  readonly transcript?: string;
}

export async function verifyKeyCommand(places: Places, zkey: string, options: VerifyKeyOptions): Promise<Outcome> {
  const { store } = places;
  const transcript = await readTranscript(places, zkey, options);
  const named = await circuitNamed(places, transcript.circuit.name);
  const ptau = await checkKeyFiles(places, zkey, transcript, options);
  const verdict = await watched(async (watching) => {
    const circuit = await compileAny(places, named, watching);
    return verifyKey({ circuit, ptau, zkey, transcript, workDirectory: store.directory, onEstimate, ...watching });
  });
  if (!verdict.valid) return refusal(verdict.reason);
  return describe(`Valid: ${zkey} was made from the circuit and the powers of tau, as its transcript says.`, {
    transcript,
    zkey,
  });
}

export interface InstallOptions extends VerifyKeyOptions {
  readonly unlistedPtau?: true;
}

export async function installCommand(places: Places, zkey: string, options: InstallOptions): Promise<Outcome> {
  const { store } = places;
  const transcript = await readTranscript(places, zkey, options);
  const named = await circuitNamed(places, transcript.circuit.name);
  const ptau = await checkKeyFiles(places, zkey, transcript, options);
  return unlessRefused(async () => {
    const keys = await watched(async (watching) => {
      const circuit = await compileAny(places, named, watching);
      const allowUnlisted = options.unlistedPtau === true;
      return installKeys({ store, circuit, ptau, zkey, transcript, allowUnlisted, onEstimate, ...watching });
    });
    if (keys.insecure) printAside(`warning: ${keys.warning}`);
    return describe(`Verified and installed the keys of circuit ${transcript.circuit.name}: \`prove\` now uses them.`, {
      transcript,
      zkey: keys.zkey,
    });
  });
}

/** The transcript beside the key, unless the user names another. */
const readTranscript = (places: Places, zkey: string, options: VerifyKeyOptions): Promise<Transcript> =>
  readFileAs(places, options.transcript ?? path.join(path.dirname(zkey), TRANSCRIPT_NAME), parseTranscript);

/** Called before compiling, which may take minutes. Returns the path of the powers of tau. */
async function checkKeyFiles(
  places: Places,
  zkey: string,
  { circuit }: Transcript,
  options: VerifyKeyOptions,
): Promise<string> {
  await readContributions(zkey);
  return ptauFor(places, circuit.name, options);
}

/** The named file, or a published one in the directory `ptau` that is large enough for the circuit. */
async function ptauFor(places: Places, name: string, options: PtauOption): Promise<string> {
  const ptau = options.ptau ?? (await findPtau('.', neededPower(await sizeOf(places, name))));
  await checkPtau(ptau);
  return ptau;
}

/** Nobody pinned the size of a circuit of the user's own: it is compiled. */
async function sizeOf(
  places: Places,
  name: string,
): Promise<{ readonly constraints: number; readonly publicSignals: number }> {
  const circuit = await circuitNamed(places, name);
  if (typeof circuit !== 'string') {
    const { constraints } = await watched((watching) => compileAny(places, circuit, watching));
    return { constraints, publicSignals: RULES_SIGNALS.length };
  }
  const pin = (await circuitPins())[circuit];
  return { constraints: pin?.constraints ?? 0, publicSignals: publicSignalsOf(circuit).length };
}

/** An invalid key is an answer, not an error. */
async function unlessRefused(work: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ContributionError)) throw error;
    return refusal(error.message);
  }
}

const refusal = (reason: string): Outcome => ({
  text: `Not valid: ${reason}.`,
  json: { valid: false, reason },
  valid: false,
});

async function describe(done: string, { transcript, zkey }: Ceremony, next?: string): Promise<Outcome> {
  const own = (await circuitPins())[transcript.circuit.name]?.digest;
  const { circuit, powersOfTau, initialKey, contributions, key } = transcript;
  const missing = missingFrom(transcript);
  const foreign =
    own === undefined
      ? ', of rules that do not come with this version'
      : circuit.digest === own
        ? ''
        : ", NOT this version's circuit by that name";
  const rows: [string, string][] = [
    ['circuit', `${circuit.name}, digest ${circuit.digest}${foreign}`],
    ['powers of tau', powersOfTau.listed ?? 'NOT on the published list: their makers could forge proofs'],
    ['', `blake2b ${powersOfTau.blake2b}`],
    ['circuit hash', initialKey.circuitHash],
    ...contributions.map(contributionRow),
    ['verification key', key.verificationKey],
    ['zkey', `SHA-256 ${key.sha256}`],
    ['file', shortPath(zkey)],
    [
      'finished',
      missing.length === 0 ? `yes: ${describeCeremony(transcript)}` : `no: ${missing.join(' and ')} missing`,
    ],
  ];
  return {
    text: `${done}\n${table(rows)}${next === undefined ? '' : `\nNext: ${next}`}`,
    json: { valid: true, transcript, missing, files: { zkey: shortPath(zkey) }, ...(next !== undefined && { next }) },
  };
}

const contributionRow = ({ name, hash, beacon }: Contribution, i: number): [string, string] =>
  beacon === null
    ? [`${i + 1} ${quoted(name)}`, hash]
    : [`${i + 1} beacon`, `${hash}, of ${beacon.value}, hashed 2^${beacon.iterationsExponent} times`];

function onEstimate({ seconds, memoryBytes, diskBytes }: SetupEstimate): void {
  const time = seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} minutes`;
  printBetween(
    `note: this takes about ${time}, ${(memoryBytes / 2 ** 30).toFixed(1)} GiB of memory, and ${(diskBytes / 1e6).toFixed(1)} MB of disk`,
  );
}
