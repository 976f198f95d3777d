import type { CircuitName } from './catalogue.js';
import type { CircuitManifest } from './compile.js';

/** What circuits/pins.json has; `npm run circuits:pin` writes both. */
export const PINNED: Readonly<Partial<Record<CircuitName, CircuitManifest>>> = {
  s14: {
    constraints: 11522,
    wires: 11519,
    digest: '697c410eb4e4ca580c0d51be2d7a2286f5acb30aaf2f7ca8db81544634cd6f33',
    compiler: 'circom2 0.2.23 --O2',
  },
  s16: {
    constraints: 64916,
    wires: 64991,
    digest: 'aa9a7717195817c21f9609da9fc3037220b42602bf44b88fb683dbbbf3f76df0',
    compiler: 'circom2 0.2.23 --O2',
  },
  s18: {
    constraints: 258626,
    wires: 259222,
    digest: 'ac2ed41454cb21f39ed9da1b7076e93d9563911a4f3d2c34d801397061c06089',
    compiler: 'circom2 0.2.23 --O2',
  },
  s18t: {
    constraints: 257482,
    wires: 258098,
    digest: 'f251fe19bca5910f12b8d70462e44ae73ec5be5df2f6b13c6d4e518a753ebb67',
    compiler: 'circom2 0.2.23 --O2',
  },
  s20: {
    constraints: 1045307,
    wires: 1047899,
    digest: 'a0362c495af833b0502d474c6581ceb40bb11a164c1ec7f80e80380b549df256',
    compiler: 'circom2 0.2.23 --O2',
  },
  s21: {
    constraints: 2090939,
    wires: 2097033,
    digest: '9636fd4327393b945cb8a9bf692948f3246c7a340881dbed1d4846bd8441a954',
    compiler: 'circom2 0.2.23 --O2',
  },
  s22: {
    constraints: 3615197,
    wires: 3625574,
    digest: 'b3bd638124a759bbea2c6988960203679d1aa2fae65ca3d1062d226a68bee0d3',
    compiler: 'circom2 0.2.23 --O2',
  },
  deep: {
    constraints: 247070,
    wires: 245934,
    digest: '8d7f3d5f5b9e2983727a8cb3d8e1a6e0fc03e1aacee818a5e8dd6cbffdeea103',
    compiler: 'circom2 0.2.23 --O2',
  },
  s14b: {
    constraints: 14749,
    wires: 14720,
    digest: '0c712e6d691ec85c3e4d992fdc234e2676cdb23c1e1c02120457b769d3818bbb',
    compiler: 'circom2 0.2.23 --O2',
  },
  s18b: {
    constraints: 251701,
    wires: 251571,
    digest: '50df2a1bd051f756d78351f7173754b851ad03c5f2a778b7e3c1246a54a2397f',
    compiler: 'circom2 0.2.23 --O2',
  },
  deepb: {
    constraints: 386333,
    wires: 384048,
    digest: 'f94d267e39dbbd113fa5499956891494cee7cba4b05756d392e6436a40cf2c15',
    compiler: 'circom2 0.2.23 --O2',
  },
};
