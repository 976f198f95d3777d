import type { LineaSize } from '../circuit/linea-catalogue.js';
import type { CircuitInputs } from '../witness/inputs.js';
import type { Between, Point } from './leaf-memory.js';
import { OPERATION_KINDS } from './operation-log.js';
import type { LoggedOperation } from './operation-log.js';
import { padded, zeros } from './padding.js';

const flags = <Kind extends string>(kinds: readonly Kind[], kind: Kind): bigint[] =>
  kinds.map((one) => (one === kind ? 1n : 0n));

export function logColumns(log: readonly LoggedOperation[], { operations }: LineaSize): CircuitInputs {
  return {
    is: padded(log, operations, ({ kind }) => flags(OPERATION_KINDS, kind), zeros(5)),
    elements: padded(log, operations, ({ hKey, before, after }) => [hKey, before, after], zeros(3)),
  };
}

export function pointColumns(slots: readonly Point[], { points }: LineaSize): CircuitInputs {
  const column = <T>(of: (slot: Point) => T, padding: T): T[] => padded(slots, points, of, padding);
  return {
    pointIs: column(({ logged }) => flags(['read', 'update'], logged.kind as 'read'), zeros(2)),
    pointTime: column(({ time }) => BigInt(time), 1n),
    pointElements: column(({ logged: { hKey, before, after } }) => [hKey, before, after], zeros(3)),
    pointIndex: column(({ index }) => BigInt(index), 0n),
    pointPointers: column(({ opening: { prevLeaf, nextLeaf } }) => [BigInt(prevLeaf), BigInt(nextLeaf)], zeros(2)),
    pointPrevious: column(({ previous }) => BigInt(previous), 0n),
  };
}

/** Padding has the key 1 between 0 and 2, and comes later than all operations. */
export function listColumns(slots: readonly Between[], operations: number, { lists }: LineaSize): CircuitInputs {
  const column = <T>(of: (slot: Between) => T, padding: T): T[] => padded(slots, lists, of, padding);
  return {
    listIs: column(({ logged }) => flags(['read-zero', 'insert', 'delete'], logged.kind as 'insert'), zeros(3)),
    listTime: Array.from({ length: lists }, (_, i) => BigInt(slots[i]?.time ?? operations + 1 + i)),
    listKey: column(({ logged }) => logged.hKey, 1n),
    listValue: column(({ logged: { kind, before, after } }) => (kind === 'delete' ? before : after), 0n),
    listLeft: column(
      ({ left: { index, opening } }) => [BigInt(index), BigInt(opening.prevLeaf), opening.hKey, opening.hVal],
      zeros(4),
    ),
    listMiddle: column(({ middle }) => BigInt(middle.index), 0n),
    listRight: column(
      ({ right: { index, opening } }) => [BigInt(index), BigInt(opening.nextLeaf), opening.hKey, opening.hVal],
      [0n, 0n, 2n, 0n],
    ),
    listPrevious: column(
      ({ left, middle, right }) => [left, middle, right].map(({ previous }) => BigInt(previous)),
      zeros(3),
    ),
  };
}
