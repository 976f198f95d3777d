/** A small ceremony: its circuit, powers of tau, and what three people and a beacon made of them. */
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { powersOfTau } from 'snarkjs';
import { fileDigest } from '../../../src/machine/circuit/artifacts.js';
import { CATALOGUE } from '../../../src/machine/circuit/catalogue.js';
import type { CompiledCircuit } from '../../../src/machine/circuit/compile.js';
import { toFr } from '../../../src/base/field/fr.js';
import { acceptKey, beginCeremony, closeCeremony, contributeToKey } from '../../../src/proof/setup/index.js';
import type { Transcript } from '../../../src/proof/setup/index.js';
import { compileTestCircuit } from './circuit.js';
import { writePtau } from './ptau.js';

export const SECRETS = {
  tau: toFr(1234567891011n),
  alpha: toFr(987654321n),
  beta: toFr(55555555555n),
  delta: toFr(1n),
};
export const BEACON = { value: '0102030405060708090a0b0c0d0e0f10', iterationsExponent: 10 };

export interface TestCeremony {
  readonly folder: string;
  readonly file: (...names: string[]) => string;
  readonly circuit: CompiledCircuit;
  readonly ptau: string;
  /** The coordinator's directory, when all is done. */
  readonly done: string;
  /** The transcript after each step: begun, Ada, Bob, closed. */
  readonly transcripts: readonly Transcript[];
  /** The key after each step. */
  readonly zkeys: readonly string[];
  remove(): Promise<void>;
}

/** Powers of tau for 2^power constraints, prepared for phase 2. */
export async function preparedPtau(file: string, power: number, secrets = SECRETS): Promise<string> {
  await writePtau(`${file}.raw`, power, secrets);
  await powersOfTau.preparePhase2(`${file}.raw`, file);
  return file;
}

export async function testCeremony(): Promise<TestCeremony> {
  const { folder, r1cs, wasm, remove } = await compileTestCircuit(20);
  const file = (...names: string[]): string => join(folder, ...names);
  const circuit: CompiledCircuit = {
    name: 's14',
    digest: await fileDigest(r1cs),
    constraints: 23,
    wires: 0,
    compiler: '',
    r1cs,
    wasm,
    reused: false,
    size: CATALOGUE.s14,
  };
  const ptau = await preparedPtau(file('32.ptau'), 5);
  const done = file('done');
  const begun = await beginCeremony({ directory: done, circuit, ptau, allowUnlisted: true });
  const states = [begun];
  for (const name of ['Ada', 'Bob']) {
    await contributeToKey({ from: states.at(-1)!.zkey, to: file(`${name}.zkey`), name, text: 'dice: 4 2 6' });
    states.push(await acceptKey({ directory: done, zkey: file(`${name}.zkey`), ptau }));
  }
  states.push(await closeCeremony({ directory: done, beacon: BEACON }));
  const transcripts = states.map(({ transcript }) => transcript);
  const zkeys = states.map(({ zkey }) => zkey);
  return { folder, file, circuit, ptau, done, transcripts, zkeys, remove };
}

/** A copy of the file with one byte, counted from the end if negative, changed. */
export async function withByteChanged(from: string, to: string, at: number): Promise<string> {
  await copyFile(from, to);
  const bytes = await readFile(to);
  bytes[at < 0 ? bytes.length + at : at]! ^= 1;
  await writeFile(to, bytes);
  return to;
}

/** Where in a zkey the last byte but 31 of one of its sections is, A, H, C and so on. */
export async function endOfSection(zkey: string, which: number): Promise<number> {
  const number = { 5: 4, 4: 8, 3: 9, 2: 5 }[which];
  const bytes = await readFile(zkey);
  let at = 12;
  while (bytes.readUInt32LE(at) !== number) at += 12 + Number(bytes.readBigUInt64LE(at + 4));
  return at + 12 + Number(bytes.readBigUInt64LE(at + 4)) - 32;
}
