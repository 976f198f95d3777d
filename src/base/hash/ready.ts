import { readyBytes } from '../wasm/ready.js';
import { KERNELS } from './kernel.js';
import { compileImage, programId } from './machine.js';
import type { Image, Kernel } from './program.js';
import type { ProgramShape } from './permutation.js';

const kernelName = ({ name }: Kernel): string => `poseidon-${name}.wasm`;
const nameOf = ({ name }: Kernel, inputs: number, shape: ProgramShape): string =>
  `poseidon-${name}-${programId(inputs, shape).replaceAll('/', '-')}.bin`;

/** What all who verify or execute hash: keys, nodes and leaves of both trees, and the log. */
const PROGRAMS: readonly (readonly [inputs: number, shape: ProgramShape])[] = [
  ...[2, 3].map((inputs) => [inputs, { capacity: 'zero', outputs: 1 }] as const),
  ...[3, 16].map((inputs) => [inputs, { capacity: 'input', outputs: 1 }] as const),
];

/** The files that the build makes. */
export function* readyFiles(): Generator<readonly [name: string, bytes: Uint8Array]> {
  for (const kernel of KERNELS) {
    yield [kernelName(kernel), kernel.build()];
    for (const [inputs, shape] of PROGRAMS) {
      const { image, start } = compileImage(kernel, inputs, shape);
      const file = Buffer.alloc(START_BYTES + image.length);
      file.writeUInt32LE(start);
      file.set(image, START_BYTES);
      yield [nameOf(kernel, inputs, shape), file];
    }
  }
}

/** Where the program starts in its image, before that. */
const START_BYTES = 4;

export const readyKernel = (kernel: Kernel): Uint8Array => readyBytes(kernelName(kernel)) ?? kernel.build();

export function readyImage(kernel: Kernel, inputs: number, shape: ProgramShape): Image {
  const file = readyBytes(nameOf(kernel, inputs, shape));
  if (file === undefined) return compileImage(kernel, inputs, shape);
  const start = new DataView(file.buffer, file.byteOffset).getUint32(0, true);
  return { image: file.subarray(START_BYTES), start };
}
