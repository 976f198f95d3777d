import { FIELD_ORDER } from '../field/fr.js';
import { i32, ModuleBuilder } from '../wasm/assembler.js';
import { baseCoordinates, extensionCoordinates } from './coordinates.js';
import { buildKeyScalars } from './key-scalars.js';
import { buildLanes, Field } from './field.js';
import type { Workshop } from './field.js';
import { buildGroup } from './group.js';
import { batchMemory } from './group-shape.js';
import { multiplyFused } from './multiply-fused.js';
import { multiplyInteger } from './multiply-integer.js';
import { BASE_FIELD_ORDER } from './numbers.js';
import { buildPack, buildPackPoints, buildPrepare, buildUnpack } from './points.js';
import { buildRows, buildSettle } from './rows.js';
import { Statics } from './statics.js';
import { buildTransform } from './transform.js';

/** Code for BN254 on a shared memory, and what it expects to find there. */
export interface KernelCode {
  readonly bytes: Uint8Array;
  /** The constants, at the start of the memory. */
  readonly statics: Statics;
  /** What each thread needs for itself; `begin(address)` tells its instance where. */
  readonly scratchBytes: number;
}

/** Address 0 stands for no point. */
const STATICS_AT = 1024;

/** @param isFused whether relaxed SIMD multiplies and adds with one rounding */
export function buildKernel(isFused: boolean): KernelCode {
  const multiplier = isFused ? multiplyFused : multiplyInteger;
  const module = new ModuleBuilder();
  const statics = new Statics(STATICS_AT);
  const base = module.global();
  let scratchBytes = 0;
  const scratch: Workshop['scratch'] = (bytes) => {
    const offset = scratchBytes;
    scratchBytes += (bytes + 15) & -16;
    return i32.add(base.get, i32.const(offset));
  };
  const begin = module.define('begin', ['i32']);
  begin.emit(base.set(begin.param(0).get));

  const workshop = { module, statics, multiplier, scratch };
  const lanes = { ...buildLanes(workshop), unpack: buildUnpack(workshop), pack: buildPack(workshop) };
  const fq = new Field(workshop, 'fq', BASE_FIELD_ORDER);
  const g1 = baseCoordinates(fq, lanes);
  const g2 = extensionCoordinates(fq, g1);
  const batch = batchMemory(workshop, g2.pairBytes);
  for (const [name, coordinates] of [
    ['g1', g1],
    ['g2', g2],
  ] as const) {
    buildGroup(workshop, name, coordinates, batch);
    buildPrepare(workshop, name, coordinates, fq, lanes);
    buildPackPoints(workshop, name, coordinates, fq, lanes);
  }
  const fr = new Field(workshop, 'fr', FIELD_ORDER);
  const settle = buildSettle(fr);
  buildRows(fr, lanes, settle);
  buildTransform(fr, lanes);
  buildKeyScalars(fr, lanes, settle, batch);
  return { bytes: module.buildShared(), statics, scratchBytes };
}
