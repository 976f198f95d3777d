import { readyBytes } from '../wasm/ready.js';
import { kernelModule } from './kernel.js';
import { compileImage, programId } from './machine.js';
import type { Image } from './machine.js';
import type { ProgramShape } from './permutation.js';

const KERNEL = 'poseidon-kernel.wasm';
const nameOf = (inputs: number, shape: ProgramShape): string =>
  `poseidon-${programId(inputs, shape).replaceAll('/', '-')}.bin`;

/** What all who verify or execute hash: keys, nodes and leaves of both trees, and the log. */
const PROGRAMS: readonly (readonly [inputs: number, shape: ProgramShape])[] = [
  ...[2, 3].map((inputs) => [inputs, { capacity: 'zero', outputs: 1 }] as const),
  ...[3, 16].map((inputs) => [inputs, { capacity: 'input', outputs: 1 }] as const),
];

/** The files that the build makes. */
export function* readyFiles(): Generator<readonly [name: string, bytes: Uint8Array]> {
  yield [KERNEL, kernelModule()];
  for (const [inputs, shape] of PROGRAMS) {
    const { image, start } = compileImage(inputs, shape);
    const file = Buffer.alloc(START_BYTES + image.length);
    file.writeUInt32LE(start);
    file.set(image, START_BYTES);
    yield [nameOf(inputs, shape), file];
  }
}

/** Where the program starts in its image, before that. */
const START_BYTES = 4;

export const readyKernel = (): Uint8Array => readyBytes(KERNEL) ?? kernelModule();

export function readyImage(inputs: number, shape: ProgramShape): Image {
  const file = readyBytes(nameOf(inputs, shape));
  if (file === undefined) return compileImage(inputs, shape);
  const start = new DataView(file.buffer, file.byteOffset).getUint32(0, true);
  return { image: file.subarray(START_BYTES), start };
}
