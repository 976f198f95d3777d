import { readFile } from 'node:fs/promises';
import { packageFile } from '../base/files/package-file.js';
import type { CircuitName } from '../machine/circuit/catalogue.js';
import type { TemplateCost } from './template-costs.js';

/** A circuit's constraints by template, and which circuit was counted. */
export interface CircuitCost {
  /** SHA-256 of its R1CS. */
  readonly digest: string;
  readonly cost: TemplateCost;
}

/** Reads the counts that came with this package; see `npm run circuits:pin`. */
export async function circuitCosts(): Promise<Readonly<Partial<Record<CircuitName, CircuitCost>>>> {
  return JSON.parse(await readFile(packageFile('circuits/templates.json'), 'utf8')) as Partial<
    Record<CircuitName, CircuitCost>
  >;
}
