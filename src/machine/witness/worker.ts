import type { MessagePort } from 'node:worker_threads';

/** A witness to be made. */
export interface WitnessJob {
  /** The circuit's witness program, a .wasm file. */
  readonly wasm: string;
  /** The inputs: the two halves of the hash of each one's name, and how many numbers it has. */
  readonly signals: readonly { readonly hashHi: number; readonly hashLo: number; readonly count: number }[];
  /** Their numbers, one after another, 32 bytes little-endian each. */
  readonly values: Uint8Array;
  /** Where the .wtns file goes. */
  readonly file: string;
}

/**
 * What the worker answers to each job: nothing wrong, an assertion that the circuit made, a program that is none, or
 * what the system said.
 */
export type WitnessAnswer =
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'damaged'; readonly message: string }
  | { readonly kind: 'failed'; readonly error: object };

/**
 * The whole program of the worker, see `scriptOf`. Works with what circom compiles to.
 */
export function runWitnessWorker(port: MessagePort, fs: typeof import('node:fs')): void {
  interface Program {
    readonly memory: { readonly buffer: ArrayBuffer };
    init(sanityCheck: number): void;
    getFieldNumLen32(): number;
    getRawPrime(): void;
    getSharedRWMemoryStart(): number;
    getInputSize(): number;
    getWitnessSize(): number;
    getWitness(index: number): void;
    setInputSignal(hashHi: number, hashLo: number, index: number): void;
    getMessageChar(): number;
  }
  /** circom's codes. */
  const FAULTS = [
    '',
    'a signal is not found',
    'too many signals are set',
    'a signal is already set',
    'Assert Failed.',
    'not enough memory',
    'an input has too many numbers',
  ];
  const ELEMENT_BYTES = 32;
  const ELEMENTS_AT_ONCE = 32768;

  /** The last one used: compiled, and warm. */
  let loaded: { readonly wasm: string; readonly program: Program } | null = null;

  function load(wasm: string): Program {
    if (loaded?.wasm === wasm) return loaded.program;
    let message = '';
    const runtime = {
      exceptionHandler: (code: number) => {
        const words = `${FAULTS[code] ?? `fault ${code}`} ${message}`.trim();
        throw Object.assign(new Error(words), { refused: true });
      },
      printErrorMessage: () => {
        for (let char = program.getMessageChar(); char !== 0; char = program.getMessageChar())
          message += String.fromCharCode(char);
        message += '\n';
      },
      writeBufferMessage: () => {},
      showSharedRWMemory: () => {},
    };
    const program = new WebAssembly.Instance(new WebAssembly.Module(fs.readFileSync(wasm)), { runtime })
      .exports as unknown as Program;
    loaded = { wasm, program };
    return program;
  }

  function otherProgram(how: string): never {
    throw Object.assign(new Error(how), { isOther: true });
  }

  /** `fill` puts each element into the bytes that it is given, at the place that it is given. */
  function writeElements(
    file: number,
    count: number,
    fill: (index: number, bytes: Uint8Array, at: number) => void,
  ): void {
    const bytes = new Uint8Array(ELEMENT_BYTES * ELEMENTS_AT_ONCE);
    for (let first = 0; first < count; first += ELEMENTS_AT_ONCE) {
      const here = Math.min(ELEMENTS_AT_ONCE, count - first);
      for (let i = 0; i < here; i++) fill(first + i, bytes, ELEMENT_BYTES * i);
      for (let at = 0; at < ELEMENT_BYTES * here;) at += fs.writeSync(file, bytes, at, ELEMENT_BYTES * here - at);
    }
  }

  function calculate({ wasm, signals, values, file }: WitnessJob): void {
    const program = load(wasm);
    if (4 * program.getFieldNumLen32() !== ELEMENT_BYTES)
      otherProgram(`it is over a field of ${program.getFieldNumLen32()} words, expected 8`);
    if (values.length !== ELEMENT_BYTES * program.getInputSize()) {
      otherProgram(
        `it takes ${program.getInputSize()} numbers, expected ${values.length / ELEMENT_BYTES}, so it is of another circuit`,
      );
    }
    const shared = program.getSharedRWMemoryStart();
    const element = (): Uint8Array => new Uint8Array(program.memory.buffer, shared, ELEMENT_BYTES);
    program.init(0);
    let at = 0;
    for (const { hashHi, hashLo, count } of signals) {
      for (let i = 0; i < count; i++, at += ELEMENT_BYTES) {
        element().set(values.subarray(at, at + ELEMENT_BYTES));
        program.setInputSignal(hashHi, hashLo, i);
      }
    }
    const wires = program.getWitnessSize();
    program.getRawPrime();
    const head = new Uint8Array(12 + 12 + 8 + ELEMENT_BYTES + 12);
    const view = new DataView(head.buffer);
    head.set([0x77, 0x74, 0x6e, 0x73]); // wtns
    view.setUint32(4, 2, true); // version
    view.setUint32(8, 2, true); // sections
    view.setUint32(12, 1, true);
    view.setBigUint64(16, BigInt(8 + ELEMENT_BYTES), true);
    view.setUint32(24, ELEMENT_BYTES, true);
    head.set(element(), 28);
    view.setUint32(28 + ELEMENT_BYTES, wires, true);
    view.setUint32(32 + ELEMENT_BYTES, 2, true);
    view.setBigUint64(36 + ELEMENT_BYTES, BigInt(ELEMENT_BYTES * wires), true);
    const out = fs.openSync(file, 'w', 0o600);
    try {
      for (let at = 0; at < head.length;) at += fs.writeSync(out, head, at);
      // One view while nothing grows the memory.
      const source = element();
      writeElements(out, wires, (wire, bytes, place) => {
        program.getWitness(wire);
        bytes.set(source, place);
      });
    } finally {
      fs.closeSync(out);
    }
  }

  port.on('message', (job: WitnessJob) => {
    const answer = (value: WitnessAnswer): void => port.postMessage(value);
    try {
      calculate(job);
      answer({ kind: 'done' });
    } catch (error) {
      loaded = null; // its memory is in the middle of something
      const { refused, isOther, message, code, errno, syscall, path } = error as NodeJS.ErrnoException & {
        refused?: true;
        isOther?: true;
      };
      if (refused) answer({ kind: 'refused', message });
      else if (isOther || ['CompileError', 'LinkError', 'TypeError', 'RuntimeError'].includes((error as Error).name))
        answer({ kind: 'damaged', message });
      // Of a file that is open the system says no path: most likely it is the one that is written.
      else answer({ kind: 'failed', error: { message, code, errno, syscall, path: path ?? job.file } });
    }
  });
}
