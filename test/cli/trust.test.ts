/** What a proof, or what lies beside keys, says of keys is not believed: the command line says what it checked. */
import { cp, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ArtifactStore } from '../../src/machine/circuit/artifacts.js';
import { compileCircuit } from '../../src/machine/circuit/compile.js';
import { ingredients, label } from '../../src/proof/prover/key-manifest.js';
import { provingKeys } from '../../src/proof/prover/keys.js';
import { ARTIFACTS, expectRefusal, freshFolder, put, rootshift } from './cli.js';

let folder: string;
/** Paths below `folder`. */
let circuit = '';
let keys = '';
let proof: { chunks: { setup: string; circuit: { name: string; digest: string } }[] };

beforeAll(async () => {
  const store = new ArtifactStore(ARTIFACTS);
  const compiled = await compileCircuit(store, 's14');
  const { zkey } = await provingKeys(store, compiled);
  folder = await freshFolder();
  [circuit, keys] = [compiled.wasm, zkey].map((file) => path.join('artifacts', path.basename(path.dirname(file)))) as [
    string,
    string,
  ];
  for (const one of [circuit, keys])
    await cp(path.join(ARTIFACTS, path.basename(one)), path.join(folder, one), { recursive: true });
  await put(folder, 'batch.json', { accesses: [{ op: 'write', key: 1, value: 1 }] });
  const proven = await rootshift(folder, [
    'prove',
    'batch.json',
    '--circuit',
    's14',
    '--out',
    'proof.json',
    '--prover',
    'snarkjs',
  ]);
  expect(proven.code).toBe(0);
  proof = JSON.parse(await readFile(path.join(folder, 'proof.json'), 'utf8')) as typeof proof;
  const claimed = (change: object) => ({ ...proof, chunks: proof.chunks.map((chunk) => ({ ...chunk, ...change })) });
  await put(folder, 'claims-ceremony.json', claimed({ setup: 'ceremony' }));
  await put(folder, 'claims-circuit.json', claimed({ circuit: { name: 's16', digest: '1'.repeat(64) } }));
});

const cli = (...args: string[]) => rootshift(folder, [...args, '--artifacts', 'artifacts']);

/** Edits what is recorded beside the keys, for as long as `use` takes. */
async function withEditedKeys(
  edit: (manifest: Record<string, unknown>) => object,
  use: () => Promise<void>,
  place = keys,
): Promise<void> {
  const manifest = path.join(folder, keys, 'manifest.json');
  const text = await readFile(manifest, 'utf8');
  await writeFile(manifest, JSON.stringify(edit(JSON.parse(text) as Record<string, unknown>)));
  await rename(path.join(folder, keys), path.join(folder, place));
  try {
    await use();
  } finally {
    await rename(path.join(folder, place), path.join(folder, keys));
    await writeFile(manifest, text);
  }
}

const EMPTY_CEREMONY = (manifest: Record<string, unknown>) => ({
  powersOfTau: { blake2b: '0'.repeat(128), listed: null },
  circuit: manifest['circuit'],
  initialKey: { circuitHash: '0'.repeat(128), sha256: '0'.repeat(64) },
  contributions: [],
  key: { sha256: manifest['zkeySha256'], verificationKey: manifest['verificationKeyHash'] },
});
const MADE_UP = (manifest: Record<string, unknown>) => ({
  ...EMPTY_CEREMONY(manifest),
  contributions: [
    { name: 'Ada', hash: '1'.repeat(128), beacon: null },
    { name: '', hash: '2'.repeat(128), beacon: { value: 'ab', iterationsExponent: 10 } },
  ],
});

describe('development keys whose record says that they are of a ceremony', () => {
  it.each<[string, (manifest: Record<string, unknown>) => object, RegExp]>([
    [
      'of nobody',
      EMPTY_CEREMONY,
      /manifest\.json is damaged: its ceremony is not finished: a contribution and a beacon missing; remove the directory .*, then install the keys again$/m,
    ],
    [
      'that is made up',
      MADE_UP,
      /manifest\.json is damaged: it says that these are ceremony keys, but circuit\.zkey is a development key; remove/,
    ],
  ])('%s are taken by no command', async (_, ceremony, says) => {
    const { digest } = proof.chunks[0]!.circuit;
    const place = path.join(
      'artifacts',
      path.basename(new ArtifactStore(folder).folder(label('s14'), ingredients('ceremony', { digest }))),
    );
    const edit = (manifest: Record<string, unknown>) => ({
      ...manifest,
      setup: 'ceremony',
      ceremony: ceremony(manifest),
      insecure: false,
      warning: '',
    });
    await withEditedKeys(
      edit,
      async () => {
        for (const args of [
          ['verify', 'proof.json'],
          ['verify', 'claims-ceremony.json'],
          ['inspect', 'claims-ceremony.json'],
          ['plan', 'batch.json'],
          ['prove', 'batch.json', '--circuit', 's14'],
          ['export-verifier', '--circuit', 's14'],
        ]) {
          expectRefusal(await cli(...args), says);
        }
        const { stdout } = await cli('circuits');
        expect(stdout).toMatch(/^s14 .* damaged +damaged$/m);
        expect(stdout).toMatch(says);
      },
      place,
    );
    expect(await cli('verify', 'proof.json')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Valid: .* and development keys, whose maker could forge proofs/),
    });
  });

  it('are not, either, where they were', async () => {
    const edit = (manifest: Record<string, unknown>) => ({
      ...manifest,
      setup: 'ceremony',
      ceremony: MADE_UP(manifest),
    });
    await withEditedKeys(edit, async () =>
      expectRefusal(
        await cli('verify', 'claims-ceremony.json'),
        /it is a manifest of ceremony keys of s14 .*, which belong elsewhere/,
      ),
    );
  });

  it('or that leaves the warning out, keep it', () =>
    withEditedKeys(
      (manifest) => ({ ...manifest, insecure: false, warning: '' }),
      async () => {
        const { stderr } = await cli('export-verifier', '--circuit', 's14', '--allow-development-keys');
        expect(stderr).toMatch(/^warning: Development key: /m);
      },
    ));
});

it('a proof that says that its keys are of a ceremony is not valid for development keys', async () => {
  expect(await cli('verify', 'claims-ceremony.json')).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(
      /^Not valid: the file states the setup ceremony, but the keys that it names have development/,
    ),
  });
});

describe('with --key, nothing is believed of the key but that it verifies', () => {
  const CHECKED = /checked: the circuits are those of this version/;

  it('neither its circuit nor its setup, even if the proof names them', async () => {
    const key = path.join(keys, 'verification_key.json');
    for (const [file, of] of [
      ['proof.json', /s14 with digest \w{64}/],
      ['claims-ceremony.json', /s14 with digest \w{64}/],
      ['claims-circuit.json', /s16 with digest 1{64}/],
    ] as const) {
      const { code, stdout } = await cli('verify', file, '--key', key);
      expect(code).toBe(0);
      expect(stdout).toMatch(/^Valid: .* and a key of unknown origin/);
      expect(stdout).toMatch(
        new RegExp(
          `the maker of ${key} could forge proofs; accept it only if you know that ${key} is the key of circuit ${of.source}\\.`,
        ),
      );
      expect(stdout).not.toMatch(CHECKED);
      expect(stdout).not.toContain('ceremony');
    }
    // From the artifacts, where what is recorded agrees with the key itself.
    expect((await cli('verify', 'proof.json')).stdout).toMatch(CHECKED);
    expect(await cli('verify', 'claims-circuit.json', '--old-root', '0')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/expected the verification key that the proof names/),
    });
  });
});

describe('a file of a circuit with a byte changed', () => {
  it('is named with the remedy, before anything is done', async () => {
    const wasm = path.join(folder, circuit, 'main.wasm');
    const bytes = await readFile(wasm);
    await writeFile(wasm, Buffer.from(bytes.map((byte, i) => (i === 1000 ? byte ^ 1 : byte))));
    try {
      for (const args of [
        ['prove', 'batch.json', '--circuit', 's14'],
        ['plan', 'batch.json'],
      ]) {
        expectRefusal(
          await cli(...args),
          /main\.wasm is damaged: expected SHA-256 \w{64}, got \w{64}; remove the directory .*, and it will be made again$/m,
        );
      }
    } finally {
      await writeFile(wasm, bytes);
    }
    expect(await readdir(path.join(folder, '.rootshift'))).toEqual(['db']);
  });
});
