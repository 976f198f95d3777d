import { builtin } from '../tasks/builtin.js';
import { f64x2, i32, ModuleBuilder, v128 } from '../wasm/assembler.js';

/** What Node 20 has behind a flag. */
const FLAG = '--experimental-wasm-relaxed-simd';

let answer: boolean | null = null;

/** Whether this machine's WebAssembly multiplies and adds doubles with one rounding, as the fused kernel needs. */
export function hasFusedMultiplyAdd(): boolean {
  answer ??= probe();
  return answer;
}

function probe(): boolean {
  const module = new ModuleBuilder();
  const f = module.define('probe', []);
  const operand = (at: number) => v128.load(i32.const(0), at);
  f.emit(v128.store(i32.const(0), 48, f64x2.relaxedMadd(operand(0), operand(16), operand(32))));
  const bytes = module.build(1);
  if (!WebAssembly.validate(bytes)) builtin('node:v8')?.setFlagsFromString(FLAG);
  if (!WebAssembly.validate(bytes)) return false;
  const { memory, probe: run } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as {
    memory: WebAssembly.Memory;
    probe(): void;
  };
  const doubles = new Float64Array(memory.buffer);
  const factor = 1 + 2 ** -30;
  // factor^2 = 1 + 2^-29 + 2^-60, of which a second rounding would take the last part
  doubles.set([factor, factor, factor, factor, -(1 + 2 ** -29), -(1 + 2 ** -29)]);
  run();
  return doubles[6] === 2 ** -60 && doubles[7] === 2 ** -60;
}
