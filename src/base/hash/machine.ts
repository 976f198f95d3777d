import { poseidonParameters } from './grain.js';
import { permutationProgram } from './permutation.js';
import type { ProgramShape } from './permutation.js';
import { PAIR_BYTES } from './program.js';
import type { Image, Kernel } from './program.js';

/** A permutation made ready to run on many inputs. */
export interface Program {
  /** Unlike any other program's. */
  readonly id: string;
  readonly inputs: number;
  readonly outputs: number;
  /** The most pairs of one run. */
  readonly maxPairs: number;
  /** Memory from address 0 on. */
  readonly image: Uint8Array;
  /** Addresses: of the program in `image`; of inputs, outputs and the end of all, after it. */
  readonly start: number;
  readonly inputAt: number;
  readonly outputAt: number;
  readonly end: number;
}

/** Inputs of one run, at most: some milliseconds of work. */
const MAX_INPUT_BYTES = 32 * 1024;

/** The `id` of a program. */
export const programId = (inputs: number, { capacity, outputs }: ProgramShape): string =>
  `${inputs}/${capacity}/${outputs}`;

export function compileImage(kernel: Kernel, inputs: number, shape: ProgramShape): Image {
  const { instructions, slotsEnd } = permutationProgram(poseidonParameters(inputs), shape, kernel.format);
  return kernel.encode(instructions, slotsEnd);
}

/** @param image what `compileImage` gives, or gave before */
export function compileProgram(inputs: number, shape: ProgramShape, { image, start }: Image): Program {
  const lanes = shape.capacity === 'input' ? inputs + 1 : inputs;
  const maxPairs = Math.floor(MAX_INPUT_BYTES / (lanes * PAIR_BYTES));
  const inputAt = Math.ceil(image.length / PAIR_BYTES) * PAIR_BYTES;
  const outputAt = inputAt + maxPairs * lanes * PAIR_BYTES;
  return {
    id: programId(inputs, shape),
    inputs: lanes,
    outputs: shape.outputs,
    maxPairs,
    image,
    start,
    inputAt,
    outputAt,
    end: outputAt + maxPairs * shape.outputs * PAIR_BYTES,
  };
}

/**
 * A program in a memory of its own. Numbers are four 64-bit words, least significant first, those of
 * the two lanes of a pair alternating: 8 words for each input of each pair.
 */
export interface Machine {
  readonly program: Program;
  readonly input: BigUint64Array;
  readonly output: BigUint64Array;
  /** 1 <= pairs <= maxPairs. */
  run(pairs: number): void;
}

/** Workers run it too, from its source text: it must use nothing from outside itself but types. */
export function startMachine(kernel: WebAssembly.Module, program: Program): Machine {
  const { start, inputAt, outputAt, end } = program;
  const { run, memory } = new WebAssembly.Instance(kernel).exports as {
    run(start: number, input: number, output: number, pairs: number): void;
    memory: WebAssembly.Memory;
  };
  memory.grow(Math.ceil(end / 65536));
  new Uint8Array(memory.buffer).set(program.image);
  return {
    program,
    input: new BigUint64Array(memory.buffer, inputAt, (outputAt - inputAt) / 8),
    output: new BigUint64Array(memory.buffer, outputAt, (end - outputAt) / 8),
    run: (pairs) => run(start, inputAt, outputAt, pairs),
  };
}
