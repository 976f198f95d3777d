// Times the development setup on chains of Poseidon(2) of about 2^14 and 2^16 constraints, and on the circuit s18: by
// the clock, and the processor's time.
//   npm run bench:setup -- [--quick] [--peer]
// --quick takes only 2^14. With --peer, times snarkjs's `groth16 setup` at 2^14 beside it. That is only the last of
// snarkjs's three steps (powers of tau, prepare phase 2, setup), and the powers it reads are made up: valid points of
// the right number, but of no tau, as only the time counts.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildBn128 } from 'ffjavascript';
import type { Group } from 'ffjavascript';
import { ArtifactStore, compileCircuit } from 'rootshift';
import { zKey } from 'snarkjs';
import { developmentSetup } from '#dist/proof/setup/index.js';

const { values: args } = parseArgs({ options: { quick: { type: 'boolean' }, peer: { type: 'boolean' } } });
const HASH_CONSTRAINTS = 240;

const source = (hashes: number): string => `pragma circom 2.1.0;
include "circomlib/circuits/poseidon.circom";
template Chain(n) {
  signal input start;
  signal output end;
  signal link[n + 1];
  component hash[n];
  link[0] <== start;
  for (var i = 0; i < n; i++) {
    hash[i] = Poseidon(2);
    hash[i].inputs[0] <== link[i];
    hash[i].inputs[1] <== link[i];
    link[i + 1] <== hash[i].out;
  }
  end <== link[n];
}
component main = Chain(${hashes});
`;

/** The compiler sees only files under the working directory. */
function compile(folder: string, power: number): string {
  const path = join(folder, `chain${power}.circom`);
  writeFileSync(path, source(Math.floor((2 ** power - 8) / HASH_CONSTRAINTS)));
  const circom = createRequire(import.meta.url).resolve('circom2/cli.js');
  execFileSync(process.execPath, [circom, path, '--r1cs', '--O2', '-l', 'node_modules', '-o', folder], {
    stdio: 'pipe',
  });
  return join(folder, `chain${power}.r1cs`);
}

async function time<Result>(what: string, work: () => Result | Promise<Result>): Promise<Result> {
  const start = performance.now();
  const used = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(used);
  console.log(
    `${what}: ${((performance.now() - start) / 1000).toFixed(1)} s, ${((user + system) / 1e6).toFixed(1)} s of the processor's time`,
  );
  return result;
}

async function writeMadeUpPtau(path: string, power: number): Promise<void> {
  const { G1, G2, q } = await buildBn128(true);
  const points = (group: Group, count: number): Buffer => {
    const distinct: Uint8Array[] = [];
    let point = group.g;
    for (let i = 0; i < 1024; i++) {
      distinct.push(group.toAffine(point));
      point = group.double(point);
    }
    return Buffer.concat(Array.from({ length: count }, (_, i) => distinct[i % distinct.length]!));
  };
  const header = Buffer.alloc(44);
  header.writeUInt32LE(32, 0);
  header.set(Buffer.from(q.toString(16).padStart(64, '0'), 'hex').reverse(), 4);
  header.writeUInt32LE(power, 36);
  header.writeUInt32LE(power, 40);
  const n = 2 ** power;
  const sections: readonly [id: number, content: Buffer][] = [
    [1, header],
    [2, points(G1, 2 * n - 1)],
    [4, points(G1, n)],
    [5, points(G1, n)],
    [6, points(G2, 1)],
    [12, points(G1, 4 * n - 1)],
    [13, points(G2, 2 * n - 1)],
    [14, points(G1, 2 * n - 1)],
    [15, points(G1, 2 * n - 1)],
  ];
  const head = Buffer.alloc(12);
  head.write('ptau', 'latin1');
  head.writeUInt32LE(1, 4);
  head.writeUInt32LE(sections.length, 8);
  const parts = sections.flatMap(([id, content]) => {
    const start = Buffer.alloc(12);
    start.writeUInt32LE(id, 0);
    start.writeBigUInt64LE(BigInt(content.length), 4);
    return [start, content];
  });
  writeFileSync(path, Buffer.concat([head, ...parts]));
}

mkdirSync('.rootshift', { recursive: true });
const folder = mkdtempSync(join('.rootshift', 'bench-setup-'));
try {
  for (const power of args.quick ? [14] : [14, 16]) {
    const r1cs = await time(`2^${power}: circom --O2`, () => compile(folder, power));
    const zkey = join(folder, `chain${power}.zkey`);
    const { constraints } = await time(`2^${power}: development setup`, () => developmentSetup({ r1cs, zkey }));
    console.log(
      `2^${power}: ${constraints} constraints; peak memory ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`,
    );
    if (power === 14 && args.peer) {
      const ptau = join(folder, 'made-up.ptau');
      await writeMadeUpPtau(ptau, power);
      await time(`2^${power}: snarkjs groth16 setup, its powers given`, () =>
        zKey.newZKey(resolve(r1cs), ptau, join(folder, 'peer.zkey')),
      );
      await (globalThis as { curve_bn128?: { terminate(): Promise<void> } }).curve_bn128?.terminate();
    }
  }
  if (!args.quick) {
    const { r1cs } = await compileCircuit(new ArtifactStore(join('.rootshift', 'artifacts')), 's18');
    await time('s18: development setup', () => developmentSetup({ r1cs, zkey: join(folder, 's18.zkey') }));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
