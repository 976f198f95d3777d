/** Many proofs at once, by the contract and by the library: what one refuses, the other does too. */
import { buildBn128 } from 'ffjavascript';
import type { Curve } from 'ffjavascript';
import {
  concat,
  encodeAbiParameters,
  encodePacked,
  encodeFunctionData,
  keccak256,
  parseAbiParameters,
  sha256,
  toHex,
} from 'viem';
import type { Hex } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FIELD_ORDER } from '../../src/base/field/fr.js';
import type { ChunkProof } from '../../src/proof/prover/proof-file.js';
import { CHAIN_VERIFIER_ABI } from '../../src/settlement/abi.js';
import { verifierConstructor } from '../../src/settlement/contracts.js';
import { formatTranscript } from '../../src/proof/setup/index.js';
import type { Transcript } from '../../src/proof/setup/index.js';
import { PUBLIC_SIGNALS } from '../../src/machine/trace/trace.js';
import { combinationHolds, groth16VerifyAll } from '../../src/proof/verifier/aggregate.js';
import type { ProvenSignals } from '../../src/proof/verifier/aggregate.js';
import { read, run, write } from '../machine/circuits/world.js';
import { provenTrace } from '../proof/prover/prover.js';
import { refusal, startSettlement, USUAL } from './world.js';
import type { SettlementWorld } from './world.js';

const KEY = USUAL.keys.verificationKey;
const BASE_ORDER = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;

/** A statement as the contract has it: A, B, C and the signals, 15 words. */
type Words = readonly bigint[];
const A = 0;
const B = 2;
const C = 6;
const SIGNALS = 8;

let world: SettlementWorld;
let curve: Curve;
let good: readonly Words[];

beforeAll(async () => {
  curve = await buildBn128(true);
  world = await startSettlement();
  const batches = [[write(1n, 2n)], [write(1n, 3n), read(2n)], [write(4n, 5n)]];
  const states = [[], [[1n, 2n]], []] as const;
  const proofs = await Promise.all(
    batches.map(async (batch, i) => provenTrace((await run(states[i]!, batch, 2)).trace)),
  );
  good = proofs.map(wordsOf);
});
afterAll(() => world?.stop());

function wordsOf({ proof: { pi_a, pi_b, pi_c }, publicSignals }: ChunkProof): Words {
  const [[x0, x1], [y0, y1]] = pi_b;
  return [pi_a[0], pi_a[1], x1, x0, y1, y0, pi_c[0], pi_c[1], ...PUBLIC_SIGNALS.map((name) => publicSignals[name])].map(
    BigInt,
  );
}

function provenSignals(words: Words): ProvenSignals {
  const [ax, ay, x1, x0, y1, y0, cx, cy, ...signals] = words;
  const proof = {
    pi_a: [ax, ay, 1n],
    pi_b: [
      [x0, x1],
      [y0, y1],
      [1n, 0n],
    ],
    pi_c: [cx, cy, 1n],
  };
  const texts = JSON.parse(JSON.stringify(proof, (_, value) => (typeof value === 'bigint' ? String(value) : value)));
  return { proof: { ...texts, protocol: 'groth16', curve: 'bn128' }, signals };
}

const bytesOf = (statements: readonly Words[]): Hex =>
  concat(statements.flat().map((word) => toHex(word, { size: 32 })));
const contractSays = (data: Hex, gas?: bigint): Promise<string> =>
  refusal(
    world.reader.readContract({
      address: world.usual,
      abi: CHAIN_VERIFIER_ABI,
      functionName: 'verify',
      args: [data],
      ...(gas && { gas }),
    }),
  );

const isAccepted = async (statements: readonly Words[]): Promise<void> => {
  expect(await contractSays(bytesOf(statements))).toBe('accepted');
  expect(await groth16VerifyAll(KEY, statements.map(provenSignals))).toBe(true);
};
const isRefused = async (statements: readonly Words[], why = 'InvalidProofs()'): Promise<void> => {
  expect(await contractSays(bytesOf(statements))).toBe(why);
  expect(await groth16VerifyAll(KEY, statements.map(provenSignals))).toBe(false);
};

/** Replaces words of one statement. */
const changed = (statements: readonly Words[], i: number, first: number, ...words: bigint[]): Words[] =>
  statements.map((statement, j) =>
    i === j ? [...statement.slice(0, first), ...words, ...statement.slice(first + words.length)] : [...statement],
  );

const g1 = (words: Words, first: number): Uint8Array => curve.G1.fromObject([words[first]!, words[first + 1]!]);
const coordinates = (point: Uint8Array): bigint[] =>
  (curve.G1.toObject(curve.G1.toAffine(point)) as bigint[]).slice(0, 2);
const times = (k: bigint): Uint8Array => curve.G1.timesScalar(curve.G1.g, k);

describe('proofs verified at once', () => {
  it('are accepted if each holds, in any order and number, repeated or not', async () => {
    for (const statements of [[good[0]!], good, good.toReversed(), [...good, ...good]]) await isAccepted(statements);
  });

  it('are refused if any word of any one of them is another', async () => {
    for (const i of good.keys()) {
      for (const word of good[i]!.keys()) await isRefused(changed(good, i, word, good[i]![word]! + 1n));
    }
  });

  it('are refused if one has the points of another, valid as they are', async () => {
    for (const i of good.keys()) {
      const other = good[(i + 1) % good.length]!;
      for (const [first, end] of [
        [A, B],
        [B, C],
        [C, SIGNALS],
      ]) {
        await isRefused(changed(good, i, first!, ...other.slice(first, end)));
      }
    }
  });

  it('are refused if one has its A and C negated', async () => {
    for (const i of good.keys()) {
      const ay = good[i]![A + 1]!;
      const cy = good[i]![C + 1]!;
      await isRefused(changed(changed(good, i, A + 1, BASE_ORDER - ay), i, C + 1, BASE_ORDER - cy));
    }
  });

  it('are refused if a point is at infinity, or of no curve', async () => {
    for (const i of good.keys()) {
      expect(await contractSays(bytesOf(changed(good, i, A, 0n, 0n)))).toBe('InvalidProofs()');
      expect(await contractSays(bytesOf(changed(good, i, B, 0n, 0n, 0n, 0n)))).toBe('InvalidProofs()');
      await isRefused(changed(good, i, C, 1n, 1n));
      await isRefused(changed(good, i, A, good[i]![A]! + BASE_ORDER));
    }
  });

  it('are refused if a B is on the twist but outside its group of order r', async () => {
    const point = await twistPointOutsideItsGroup();
    for (const i of good.keys()) await isRefused(changed(good, i, B, ...point));
  });

  it('are refused if r is added to a signal', async () => {
    for (const i of good.keys()) {
      for (const j of PUBLIC_SIGNALS.keys()) {
        const signal = good[i]![SIGNALS + j]! + FIELD_ORDER;
        await isRefused(changed(good, i, SIGNALS + j, signal), `SignalOutOfRange(${i}, ${j})`);
      }
    }
  });

  it('are refused if there are none, or a part of one', async () => {
    expect(await contractSays('0x')).toBe('MalformedStatements(0)');
    expect(await groth16VerifyAll(KEY, [])).toBe(false);
    const data = bytesOf(good);
    expect(await contractSays(data.slice(0, -2) as Hex)).toBe('MalformedStatements(1439)');
    expect(await contractSays(`${data}00`)).toBe('MalformedStatements(1441)');
    const { proof, signals } = provenSignals(good[0]!);
    expect(await groth16VerifyAll(KEY, [{ proof, signals: signals.slice(1) }])).toBe(false);
  });
});

describe('two wrong proofs that cancel', () => {
  /** Accepted where all coefficients are 1, by nobody else. */
  const cancels = async (statements: readonly Words[]): Promise<void> => {
    expect(
      await combinationHolds(
        KEY,
        statements.map(provenSignals),
        statements.map(() => 1n),
      ),
    ).toBe(true);
    await isRefused(statements);
  };

  it('by C, are refused', async () => {
    const first = curve.G1.add(g1(good[0]!, C), times(5n));
    const second = curve.G1.add(g1(good[1]!, C), curve.G1.neg(times(5n)));
    await cancels(changed(changed(good, 0, C, ...coordinates(first)), 1, C, ...coordinates(second)));
  });

  it('by a signal, are refused', async () => {
    for (const j of PUBLIC_SIGNALS.keys()) {
      const first = good[0]![SIGNALS + j]!;
      const second = good[1]![SIGNALS + j]!;
      await cancels(
        changed(
          changed(good, 0, SIGNALS + j, (first + 1n) % FIELD_ORDER),
          1,
          SIGNALS + j,
          (second + FIELD_ORDER - 1n) % FIELD_ORDER,
        ),
      );
    }
  });

  it('by exchanging A and B alike, are refused', async () => {
    const pair = (i: number): bigint[] => good[i]!.slice(A, C) as bigint[];
    await cancels(changed(changed(good, 0, A, ...pair(1)), 1, A, ...pair(0)));
  });
});

describe('the coefficients', () => {
  const keyHash = (): Hex => {
    const [key] = verifierConstructor(USUAL.keys);
    const point = 'uint256[2]';
    return keccak256(
      encodeAbiParameters(
        parseAbiParameters(`${point}, ${point}[2], ${point}[2], ${point}[2], ${point}[8]`) as never,
        [key.alpha, key.beta, key.gamma, key.delta, key.ic] as never,
      ),
    );
  };
  /** The contract's, of these statements. */
  const coefficientsOf = (statements: readonly Words[]): bigint[] => {
    const seed = keccak256(encodePacked(['bytes32', 'bytes'], [keyHash(), bytesOf(statements)]));
    return statements.map((_, i) =>
      i === 0
        ? 1n
        : BigInt(keccak256(encodeAbiParameters(parseAbiParameters('bytes32, uint256'), [seed, BigInt(i)]))) %
          FIELD_ORDER,
    );
  };

  it('depend on the key as the contract has it', async () => {
    expect(
      await world.reader.readContract({ address: world.usual, abi: CHAIN_VERIFIER_ABI, functionName: 'keyHash' }),
    ).toBe(keyHash());
  });

  it('are others once a C or a signal is chosen by them, so that what would cancel does not', async () => {
    const [, second] = coefficientsOf(good);
    const known = coefficientsOf(good);
    // C of the first is moved by what C of the second is, times its coefficient.
    const byC = changed(
      changed(good, 0, C, ...coordinates(curve.G1.add(g1(good[0]!, C), times((5n * second!) % FIELD_ORDER)))),
      1,
      C,
      ...coordinates(curve.G1.add(g1(good[1]!, C), curve.G1.neg(times(5n)))),
    );
    const bySignal = changed(
      changed(good, 0, SIGNALS + 1, (good[0]![SIGNALS + 1]! + second!) % FIELD_ORDER),
      1,
      SIGNALS + 1,
      (good[1]![SIGNALS + 1]! + FIELD_ORDER - 1n) % FIELD_ORDER,
    );
    for (const statements of [byC, bySignal]) {
      expect(await combinationHolds(KEY, statements.map(provenSignals), known)).toBe(true);
      await isRefused(statements);
    }
  });
});

describe('the contract', () => {
  it('says which circuit and keys it is for', async () => {
    const constant = (
      functionName: 'circuit' | 'circuitDigest' | 'verificationKey' | 'transcript' | 'developmentKeys',
    ) => world.reader.readContract({ address: world.usual, abi: CHAIN_VERIFIER_ABI, functionName });
    expect(await constant('circuit')).toBe('s14');
    expect(await constant('circuitDigest')).toBe(`0x${USUAL.circuit.digest}`);
    expect(await constant('verificationKey')).toBe(`0x${USUAL.keys.verificationKeyHash}`);
    expect(await constant('transcript')).toBe(`0x${'00'.repeat(32)}`);
    expect(await constant('developmentKeys')).toBe(true);
  });

  it('is given the transcript of the ceremony that its keys are of', () => {
    const ceremony: Transcript = {
      circuit: { name: 's14', digest: USUAL.circuit.digest },
      powersOfTau: { blake2b: '1a'.repeat(64), listed: null },
      initialKey: { circuitHash: '2b'.repeat(64), sha256: '3c'.repeat(32) },
      contributions: [{ name: 'Ada', hash: '4d'.repeat(64), beacon: { value: '00ff', iterationsExponent: 10 } }],
      key: { sha256: '5e'.repeat(32), verificationKey: USUAL.keys.verificationKeyHash },
    };
    const [, provenance] = verifierConstructor({ ...USUAL.keys, setup: 'ceremony', ceremony });
    expect(provenance).toMatchObject({ transcript: sha256(toHex(formatTranscript(ceremony))), developmentKeys: false });
  });

  it('reverts without gas enough, however much is missing, so that an estimate suffices', async () => {
    const data = bytesOf(good);
    const call = {
      to: world.usual,
      data: encodeFunctionData({ abi: CHAIN_VERIFIER_ABI, functionName: 'verify', args: [data] }),
    };
    const enough = await world.reader.estimateGas(call);
    expect(await contractSays(data, enough)).toBe('accepted');
    for (const percent of [30n, 50n, 70n, 90n, 98n]) {
      await expect(world.reader.call({ ...call, gas: (enough * percent) / 100n }), `${percent} %`).rejects.toThrow();
    }
  });
});

/** A point of the twist y^2 = x^3 + 3 / (9 + i) that r does not take to 0, as the contract has points. */
async function twistPointOutsideItsGroup(): Promise<bigint[]> {
  interface Field2 {
    readonly one: Uint8Array;
    add(a: Uint8Array, b: Uint8Array): Uint8Array;
    mul(a: Uint8Array, b: Uint8Array): Uint8Array;
    square(a: Uint8Array): Uint8Array;
    sqrt(a: Uint8Array): Uint8Array;
    isSquare(a: Uint8Array): boolean;
    toObject(a: Uint8Array): [bigint, bigint];
  }
  const { G2, r } = curve;
  const { F, b } = G2 as unknown as { F: Field2; b: Uint8Array };
  for (let x = F.one; ; x = F.add(x, F.one)) {
    const ySquared = F.add(F.mul(F.square(x), x), b);
    if (!F.isSquare(ySquared)) continue;
    const [x0, x1] = F.toObject(x);
    const [y0, y1] = F.toObject(F.sqrt(ySquared));
    const point = G2.fromObject([
      [x0, x1],
      [y0, y1],
      [1n, 0n],
    ]);
    expect(G2.isValid(point)).toBe(true);
    if (!G2.isZero(G2.timesScalar(point, r))) return [x1, x0, y1, y0];
  }
}
