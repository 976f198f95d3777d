// The text of contracts/Poseidon.sol, from the parameters of src/base/hash.
//
// The partial rounds are computed as in src/base/hash/permutation.ts. Let s be the inputs of lane 0's S-boxes and
// y = s^5. A round is one sum of products:
//   s_j = a_1 s_{j-1} + ... + a_n s_{j-n} + g_0 y_{j-1} + ... + g_n y_{j-1-n} + constant.
// All rounds are alike here, so they are a loop: the n values of s before the first round are those that would have
// led to it without any y.
import { add, mul, sub, toFr } from '#dist/base/field/fr.js';
import type { Fr } from '#dist/base/field/fr.js';
import { HALF_FULL_ROUNDS, poseidonParameters } from '#dist/base/hash/grain.js';
import { addVectors, apply, applyLeft, column, dot, inverse, multiply } from '#dist/base/hash/linear.js';
import type { Matrix, Vector } from '#dist/base/hash/linear.js';

/** What the last partial round leaves in a lane: a sum of products with the last values of s and y. */
interface Lane {
  readonly s: Vector;
  readonly y: Vector;
  readonly constant: Fr;
}

interface Parameters {
  /** Inputs. */
  readonly n: number;
  /** Factors of the loop. */
  readonly a: Vector;
  readonly g: Vector;
  /** Of each value of s before the first round, the factors of the lanes. */
  readonly before: Matrix;
  readonly matrix: Matrix;
  readonly lanes: readonly Lane[];
  /** Constants, in the order in which they are read. */
  readonly table: Readonly<Record<'first' | 'partial' | 'lanes' | 'last', Vector>>;
}

const ZERO = toFr(0n);

/** What the loop computes with, for so many inputs. */
function parameters(inputs: number): Parameters {
  const { matrix, partialRounds, roundConstants } = poseidonParameters(inputs);
  const n = inputs;
  const constants = (round: number): Vector => roundConstants[HALF_FULL_ROUNDS + round]!;
  const [top] = matrix;
  const corner = top![0]!;
  const seen = top!.slice(1);
  const driven = column(matrix, 0).slice(1);
  const inner = matrix.slice(1).map((row) => row.slice(1));
  const seenAfter: Vector[] = [seen];
  const drivenAfter: Vector[] = [driven];
  for (let k = 1; k < n; k++) drivenAfter.push(apply(inner, drivenAfter[k - 1]!));
  for (let k = 1; k < 2 * n; k++) seenAfter.push(applyLeft(seenAfter[k - 1]!, inner));
  const echo = [corner, ...seenAfter.slice(0, n).map((row) => dot(row, driven))];
  const fromSeen = inverse(seenAfter.slice(0, n));
  const a = [...applyLeft(seenAfter[n]!, fromSeen)].reverse();
  const g = Array.from({ length: n + 1 }, (_, k) =>
    a.slice(0, k).reduce((rest, factor, i) => sub(rest, mul(factor, echo[k - 1 - i]!)), echo[k]!),
  );

  const shift: Fr[] = [constants(0)[0]!];
  let offset: Vector = driven.map(() => ZERO);
  for (let round = 0; round < partialRounds; round++) {
    offset = addVectors(offset, constants(round).slice(1));
    shift.push(add(dot(seen, offset), constants(round + 1)[0]!));
    offset = apply(inner, offset);
  }
  const partial = shift.map((own, j) =>
    a.reduce((rest, factor, i) => (i < j ? sub(rest, mul(factor, shift[j - 1 - i]!)) : rest), own),
  );

  const back = inverse(inner);
  const before: Vector[] = [applyLeft(seen, back)];
  for (let i = 1; i < n; i++) before.push(applyLeft(before[i - 1]!, back));

  const update = multiply(multiply(fromSeen, seenAfter.slice(n)), fromSeen);
  const known = addVectors(offset, constants(partialRounds).slice(1));
  const lanes = update.map((row, lane) => ({
    s: [...row].reverse(),
    y: drivenAfter.map((from, k) =>
      row.slice(n - 1 - k).reduce((rest, factor, i) => sub(rest, mul(factor, echo[i]!)), from[lane]!),
    ),
    constant: sub(known[lane]!, dot(row, shift.slice(partialRounds - n + 1))),
  }));
  const last = HALF_FULL_ROUNDS + partialRounds;
  return {
    n,
    a,
    g,
    before,
    matrix,
    lanes,
    table: {
      first: roundConstants.slice(0, HALF_FULL_ROUNDS).flat(),
      partial,
      lanes: lanes.map(({ constant }) => constant),
      last: roundConstants.slice(last + 1).flat(),
    },
  };
}

const hex = (x: bigint): string => `0x${x.toString(16).padStart(64, '0')}`;
const WORDS = ['', '', 'two', 'three', 'four'];
const R = '0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001';

/** At most five numbers below r are added before they are reduced: 5 r < 2^256 < 6 r. */
const plain = (terms: readonly string[]): string => terms.reduce((sum, term) => `add(${sum}, ${term})`);
const reduced = (terms: readonly string[]): string => {
  const half = Math.ceil(terms.length / 2);
  if (half > 5) throw new Error('a sum of too many terms');
  return `addmod(${plain(terms.slice(0, half))}, ${plain(terms.slice(half))}, r)`;
};
const products = (variables: readonly string[], factors: Vector): string[] =>
  variables.map((name, i) => `mulmod(${name}, ${hex(factors[i]!)}, r)`);
const names = (letter: string, from: number, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${letter}${from + i}`);

/** The function `name` of so many inputs: of them alone, lane 0 starting as 0, or with lane 0 given before them. */
function laneZero(name: string, inputs: number, { isOpen }: { readonly isOpen: boolean }): string {
  const { n, a, g, before, matrix, lanes, table } = parameters(inputs);
  const width = n + 1;
  const laneNames = [...'abcd'].slice(0, isOpen ? width : n);
  const inputNames = laneNames.slice(-n);
  const x = names('x', 0, width);
  const f = names('f', 0, width);
  const s = names('s', 1, n);
  const y = names('y', 1, n + 1);
  const word = (i: number): string => `mload(add(p, ${32 * i}))`;
  const parts = [table.first, table.partial, table.lanes, table.last];
  const ends = parts.reduce((sums, part) => [...sums, sums.at(-1)! + 32 * part.length], [64]);
  const words = [BigInt(R), ...parts.flat()];
  const lines = [
    // Copied, so that the compiler does not know it: it would have it read from the code at each of so many uses.
    `mcopy(mload(64), add(table, 32), 32)`,
    `let r := mload(mload(64))`,
    `let p := add(table, ${ends[0]})`,
    isOpen ? `let x0 := addmod(a, ${word(0)}, r)` : `let x0 := ${word(0)}`,
    ...inputNames.map((input, i) => `let x${i + 1} := addmod(${input}, ${word(i + 1)}, r)`),
    `p := add(p, ${32 * width})`,
    `${x.join(', ')} := full${inputs}(p, add(table, ${ends[1]}), r, ${x.join(', ')})`,
    `p := add(table, ${ends[1]})`,
    ...x.map((name) => `${name} := fifth(${name}, r)`),
    `let y1 := x0`,
    ...y.slice(1).map((name) => `let ${name} := 0`),
    ...s.map((name, i) => `let ${name} := ${plain(products(x.slice(1), before[i]!))}`),
    `for { let end := add(table, ${ends[2]}) } lt(p, end) { p := add(p, 32) } {`,
    `    let sum := ${reduced(['mload(p)', ...products(s, a), ...products(y, g)])}`,
    ...[...s.keys()]
      .reverse()
      .slice(0, -1)
      .map((i) => `    ${s[i]} := ${s[i - 1]}`),
    `    s1 := sum`,
    ...[...y.keys()]
      .reverse()
      .slice(0, -1)
      .map((i) => `    ${y[i]} := ${y[i - 1]}`),
    `    y1 := fifth(sum, r)`,
    `}`,
    ...lanes.map(
      (lane, i) => `x${i + 1} := ${reduced([word(i), ...products(s, lane.s), ...products(y.slice(1), lane.y)])}`,
    ),
    `x0 := s1`,
    `p := add(table, ${ends[3]})`,
    `${x.join(', ')} := full${inputs}(p, add(table, ${ends[4]}), r, ${x.join(', ')})`,
    `hash := ${reduced(
      products(
        x.map((name) => `fifth(${name}, r)`),
        matrix[0]!,
      ),
    )}`,
  ];
  const full = [
    `function full${inputs}(p, end, r, ${names('i', 0, width).join(', ')}) -> ${x.join(', ')} {`,
    ...x.map((name, i) => `    ${name} := i${i}`),
    `    for {} lt(p, end) { p := add(p, ${32 * width}) } {`,
    ...x.map((name, i) => `        let ${f[i]} := fifth(${name}, r)`),
    ...matrix.map((row, i) => `        ${x[i]} := ${reduced([...products(f, row), word(i)])}`),
    `    }`,
    `}`,
  ];
  const literal = words.map((item) => `        hex"${item.toString(16).padStart(64, '0')}"`).join('\n');
  return `    /// @dev The order r, and the constants of \`${name}\`.
    bytes private constant TABLE_${inputs} =
${literal};

    /// @notice What \`${name}\` takes besides its inputs: made once, it serves any number of hashes.
    function table${inputs}() internal pure returns (bytes memory) {
        return TABLE_${inputs};
    }

    /// @notice ${isOpen ? `Lane 0 of the permutation of ${WORDS[width]} lanes` : `The hash of ${WORDS[inputs]} numbers`}, below r.
    function ${name}(bytes memory table, ${laneNames.map((name) => `uint256 ${name}`).join(', ')})
        internal
        pure
        returns (uint256 hash)
    {
        assembly ("memory-safe") {
            function fifth(x, r) -> z {
                let q := mulmod(x, x, r)
                z := mulmod(mulmod(q, q, r), x, r)
            }
${full.map((line) => `            ${line}`).join('\n')}
${lines.map((line) => `            ${line}`).join('\n')}
        }
    }
`;
}

export const poseidonContract = (): string => `// SPDX-License-Identifier: GPL-3.0-or-later
// Made by npm run contracts:build, from the parameters of src/base/hash.
pragma solidity ^0.8.28;

/// @title Poseidon over BN254's scalar field, as circomlib has it, of two, three and four inputs
/// @notice Inputs must be below r: they are not checked here.
/// @dev A loop over the partial rounds, each one sum of products; see scripts/poseidon-contract.ts. Compile with viaIR.
library Poseidon {
${laneZero('hash2', 2, { isOpen: false })}
${laneZero('permute4', 3, { isOpen: true })}
${laneZero('hash4', 4, { isOpen: false })}
    /// @notice The hash of three numbers below r; the table is that of \`permute4\`.
    function hash3(bytes memory table, uint256 a, uint256 b, uint256 c) internal pure returns (uint256) {
        return permute4(table, 0, a, b, c);
    }
}
`;
