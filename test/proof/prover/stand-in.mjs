// A prover for tests, with rapidsnark's command line behind its own arguments:
//   stand-in.mjs MODE LOG ZKEY WTNS PROOF PUBLIC
// It makes sure that it was called as rapidsnark is, and adds a line to LOG. What it does then is told by MODE;
// `replay` proves, by snarkjs, or gives the proof again that it made of the same witness before.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const [mode, log, zkey, wtns, proof, publics, ...more] = process.argv.slice(2);
const CACHE = fileURLToPath(new URL('../../../.rootshift/test-proofs/', import.meta.url));

function check(holds, rule) {
  if (holds) return;
  console.error(`called in another way than rapidsnark: ${rule}`);
  process.exit(64);
}
const magic = (file) => readFileSync(file).toString('latin1', 0, 4);
check(publics !== undefined && more.length === 0, 'four paths');
check([zkey, wtns, proof, publics].every(path.isAbsolute), 'absolute paths');
check(magic(zkey) === 'zkey' && magic(wtns) === 'wtns', 'a proving key, then a witness');
check(!existsSync(proof) && !existsSync(publics), 'two files that it is to make');
check((statSync(path.dirname(wtns)).mode & 0o777) === 0o700, 'a witness that nobody else can read');
appendFileSync(log, `${process.pid}\n`);

/** Proofs are kept under the hash of key and witness, each made once. */
function replay() {
  const hash = createHash('sha256').update(zkey).update(readFileSync(wtns)).digest('hex');
  const kept = path.join(CACHE, hash);
  if (!existsSync(kept)) {
    mkdirSync(CACHE, { recursive: true });
    const scratch = mkdtempSync(path.join(CACHE, 'making-'));
    const require = createRequire(import.meta.url);
    const snarkjs = path.join(path.dirname(path.dirname(require.resolve('snarkjs'))), 'build', 'cli.cjs');
    const made = ['proof.json', 'public.json'].map((name) => path.join(scratch, name));
    const { status } = spawnSync(process.execPath, [snarkjs, 'groth16', 'prove', zkey, wtns, ...made], {
      stdio: 'inherit',
    });
    if (status !== 0) process.exit(status ?? 1);
    try {
      renameSync(scratch, kept);
    } catch {
      rmSync(scratch, { recursive: true });
    }
  }
  copyFileSync(path.join(kept, 'proof.json'), proof);
  copyFileSync(path.join(kept, 'public.json'), publics);
}

const sleep = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
const change = (file, change) => writeFileSync(file, JSON.stringify(change(JSON.parse(readFileSync(file, 'utf8')))));

const MODES = {
  replay,
  /** The first time, waits for the witness of another chunk before it proves: which is made meanwhile, or never. */
  overlap: () => {
    const others = () =>
      readdirSync(os.tmpdir())
        .map((name) => path.join(os.tmpdir(), name, 'witness.wtns'))
        .filter((file) => file !== wtns && existsSync(file));
    const isFirst = readFileSync(log, 'utf8').trim() === String(process.pid);
    while (isFirst && others().length === 0) sleep(20);
    replay();
  },
  slow: () => {
    sleep(1_500);
    replay();
  },
  /** Proves when it is let: when there is a file beside LOG. */
  held: () => {
    while (!existsSync(`${log}.let`)) sleep(20);
    replay();
  },
  hang: () => sleep(600_000),
  fail: () => {
    console.error('no such luck');
    process.exit(3);
  },
  rude: () => {
    console.error('first line\n\u001b[31msecond\u0000 line');
    process.exit(3);
  },
  crash: () => process.kill(process.pid, 'SIGSEGV'),
  silent: () => {},
  garbage: () => [proof, publics].forEach((file) => writeFileSync(file, 'garbage')),
  forged: () => {
    replay();
    change(proof, ({ pi_a, pi_c, ...rest }) => ({ ...rest, pi_a: pi_c, pi_c: pi_a }));
  },
  another: () => {
    replay();
    change(publics, ([first, , ...rest]) => [first, '5', ...rest]);
  },
};
MODES[mode]();
