/** `rootshift/groth16`: proofs for any circom circuit. */
export { MemoryError } from '../../base/bn254/memory-error.js';
export { ThreadError } from '../../base/tasks/thread-error.js';
export { type ProofAndSignals, prove, type ProveOptions } from './prove.js';
export { Groth16InputError } from './source.js';
