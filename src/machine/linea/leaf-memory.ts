import type { Opening } from '../../linea/suite/suite.js';
import type { Path, Trace } from '../../linea/trace/trace.js';
import type { LoggedOperation } from './operation-log.js';
import { leafHash } from './partial-tree.js';
import type { PartialTree } from './partial-tree.js';

/** A leaf that operations touch, as it is before all of them and after. */
export interface TouchedLeaf {
  readonly index: number;
  /** Null: an insert makes it. */
  readonly before: Opening | null;
  after: Opening | null;
  /** The moment of the last access. */
  last: number;
}

export interface Point {
  readonly time: number;
  readonly logged: LoggedOperation;
  readonly index: number;
  readonly opening: Opening;
  readonly previous: number;
}

export interface Neighbour {
  readonly index: number;
  readonly opening: Opening;
  readonly previous: number;
}

export interface Between {
  readonly time: number;
  readonly logged: LoggedOperation;
  readonly left: Neighbour;
  readonly right: Neighbour;
  /** Of an insert or a delete. */
  readonly middle: { readonly index: number; readonly previous: number };
}

/** The leaves that traces touch, while they are gone through; and the tree before them, as far as they show it. */
export class LeafMemory {
  readonly leaves = new Map<number, TouchedLeaf>();

  constructor(readonly tree: PartialTree) {}

  access(trace: Trace, logged: LoggedOperation, time: number): Point | Between {
    const moment = 3 * time;
    switch (trace.kind) {
      case 'read':
        return this.#point(trace.proof, trace.leaf, logged, time);
      case 'update':
        return this.#point(trace.proof, trace.priorUpdatedLeaf, logged, time);
      case 'read-zero': {
        const left = this.#neighbour(trace.leftProof, trace.leftLeaf, {}, moment);
        const right = this.#neighbour(trace.rightProof, trace.rightLeaf, {}, moment + 2);
        return { time, logged, left, right, middle: { index: 0, previous: 0 } };
      }
      case 'insert': {
        const { leafIndex: index } = trace.newProof;
        const { leafIndex: prevLeaf } = trace.leftProof;
        const { leafIndex: nextLeaf } = trace.rightProof;
        const left = this.#neighbour(trace.leftProof, trace.priorLeftLeaf, { nextLeaf: index }, moment);
        this.tree.learn(trace.newProof, 0n);
        const after = { prevLeaf, nextLeaf, hKey: logged.hKey, hVal: logged.after };
        this.leaves.set(index, { index, before: null, after, last: moment + 1 });
        const right = this.#neighbour(trace.rightProof, trace.priorRightLeaf, { prevLeaf: index }, moment + 2);
        return { time, logged, left, right, middle: { index, previous: 0 } };
      }
      case 'delete': {
        const { prevLeaf, nextLeaf } = trace.priorDeletedLeaf;
        const left = this.#neighbour(trace.leftProof, trace.priorLeftLeaf, { nextLeaf }, moment);
        const previous = this.#touch(trace.deletedProof, trace.priorDeletedLeaf, null, moment + 1);
        const right = this.#neighbour(trace.rightProof, trace.priorRightLeaf, { prevLeaf }, moment + 2);
        return { time, logged, left, right, middle: { index: trace.deletedProof.leafIndex, previous } };
      }
    }
  }

  #point(path: Path, opening: Opening, logged: LoggedOperation, time: number): Point {
    const previous = this.#touch(path, opening, { ...opening, hVal: logged.after }, 3 * time);
    return { time, logged, index: path.leafIndex, opening, previous };
  }

  #neighbour(path: Path, opening: Opening, change: Partial<Opening>, moment: number): Neighbour {
    const previous = this.#touch(path, opening, { ...opening, ...change }, moment);
    return { index: path.leafIndex, opening, previous };
  }

  /** The moment of the access before, 0 for none. */
  #touch(path: Path, before: Opening, after: Opening | null, moment: number): number {
    const index = path.leafIndex;
    this.tree.learn(path, leafHash(before));
    const leaf = this.leaves.get(index) ?? { index, before, after, last: 0 };
    const previous = leaf.last;
    leaf.after = after;
    leaf.last = moment;
    this.leaves.set(index, leaf);
    return previous;
  }
}
