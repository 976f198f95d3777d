import { expect, it } from 'vitest';
import { i32, i64x2, ModuleBuilder, repeatWhile, v128, when } from '../../../src/base/wasm/assembler.js';

function instance(
  build: (module: ModuleBuilder) => void,
): Record<string, (...args: number[]) => number> & { memory: WebAssembly.Memory } {
  const module = new ModuleBuilder();
  build(module);
  return new WebAssembly.Instance(new WebAssembly.Module(module.build(1))).exports as never;
}

it('constants of every encoded length are what they were', () => {
  const edges = [6, 13, 20, 27].flatMap((bits) => [2 ** bits - 1, 2 ** bits, -(2 ** bits), -(2 ** bits) - 1]);
  const numbers = [0, 1, -1, ...edges, 2 ** 31 - 1, -(2 ** 31)];
  const functions = instance((module) => {
    numbers.forEach((n, i) => module.define(`f${i}`, [], ['i32']).emit(i32.const(n)));
  });
  expect(numbers.map((_, i) => functions[`f${i}`]?.())).toEqual(numbers);
});

it('a loop repeats while its condition holds, and a branch is taken when its own does', () => {
  const { sumOfOdd } = instance((module) => {
    const f = module.define('sumOfOdd', ['i32'], ['i32']);
    const n = f.param(0);
    const sum = f.local('i32');
    f.emit(
      repeatWhile(
        [
          when(i32.eq(i32.and(n.get, i32.const(1)), i32.const(1)), [sum.set(i32.add(sum.get, n.get))]),
          n.set(i32.sub(n.get, i32.const(1))),
        ],
        n.get,
      ),
      sum.get,
    );
  });
  expect(sumOfOdd?.(10)).toBe(25);
});

it('a store far away is where a load finds it, in both lanes', () => {
  const { memory, f } = instance((module) => {
    const builder = module.define('f', ['i32']);
    const at = builder.param(0);
    builder.emit(v128.store(at.get, 20_000, i64x2.splat(0x0102030405060708n)));
    builder.emit(v128.store(at.get, 0, v128.load(at.get, 20_000)));
  });
  f?.(160);
  expect([...new BigUint64Array(memory.buffer, 160, 2)]).toEqual([0x0102030405060708n, 0x0102030405060708n]);
});
