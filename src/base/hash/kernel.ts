import { hasFusedMultiplyAdd } from '../bn254/fused.js';
import { fusedKernel } from './fused-kernel.js';
import { integerKernel } from './integer-kernel.js';
import type { Kernel } from './program.js';

export const KERNELS: readonly Kernel[] = [fusedKernel, integerKernel];

/** The one that is faster here. */
export const kernelHere = (): Kernel => (hasFusedMultiplyAdd() ? fusedKernel : integerKernel);
