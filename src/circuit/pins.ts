import { readFile } from 'node:fs/promises';
import { type CircuitName } from './catalogue.js';
import { type CircuitManifest } from './compile.js';

/** What each circuit comes out as when it is compiled, as the package ships it; a test compiles them and holds them to it. */
export type CircuitPins = Readonly<Partial<Record<CircuitName, CircuitManifest>>>;

/** Reads the pins that came with this package. */
export async function circuitPins(): Promise<CircuitPins> {
  return JSON.parse(await readFile(new URL('../../circuits/pins.json', import.meta.url), 'utf8')) as CircuitPins;
}
