import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

const PROGRAM = `
  import { scriptOf } from './script.ts';
  function program(answer: (value: unknown) => void, start: number): void {
    const double = (x: number): number => 2 * x;
    class Counter { count = start; }
    function next(): number { return new Counter().count + 1; }
    answer([double(next()), next.name.length > 0]);
  }
  export const script = scriptOf(program, 'answer', '20');
`;

it.each([{}, { keepNames: true }, { keepNames: true, minify: true }, { minify: true }])(
  'a program runs from its text, bundled with %o',
  async (options) => {
    const resolveDir = fileURLToPath(new URL('../../../src/base/tasks/', import.meta.url));
    const { outputFiles } = await build({
      ...options,
      stdin: { contents: PROGRAM, loader: 'ts', resolveDir },
      bundle: true,
      format: 'esm',
      write: false,
    });
    const { script } = (await import(`data:text/javascript,${encodeURIComponent(outputFiles[0]!.text)}`)) as {
      script: string;
    };
    const answers: unknown[] = [];
    runInNewContext(script, { answer: (value: unknown) => answers.push(value) });
    expect(answers).toEqual([[42, true]]);
  },
);
