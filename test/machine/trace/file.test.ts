import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { FIELD_ORDER, frToHex, toFr } from '../../../src/base/field/fr.js';
import { TraceFileError, formatTrace, parseTrace } from '../../../src/machine/trace/file.js';
import type { Trace } from '../../../src/machine/trace/trace.js';
import { richTrace } from './honest.js';

const SCHEMA = z.fromJSONSchema(
  JSON.parse(readFileSync(new URL('../../../schemas/trace.schema.json', import.meta.url), 'utf8')),
);

const traces: Trace[] = [];
beforeAll(async () => {
  for (const bits of [1, 2] as const) traces.push(await richTrace(bits));
});

type Step = string | number;

/** A document of every form that the honest one has: of list items that differ only in values, the first. */
function slim(value: unknown): unknown {
  if (Array.isArray(value)) {
    const forms = value.map((item) => JSON.stringify(item, (name, field) => (name === '' ? field : field === null)));
    return value.filter((_, i) => forms.indexOf(forms[i]!) === i).map(slim);
  }
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, slim(field)]));
}

/** The ways to everything in a JSON document. */
function* places(value: unknown, way: readonly Step[] = []): Generator<readonly Step[]> {
  yield way;
  if (value === null || typeof value !== 'object') return;
  for (const [name, field] of Object.entries(value)) {
    yield* places(field, [...way, Array.isArray(value) ? Number(name) : name]);
  }
}

function changed(document: unknown, way: readonly Step[], change: (parent: any, step: Step) => void): unknown {
  const copy = structuredClone(document) as any;
  change(
    way.slice(0, -1).reduce((at, step) => at[step], copy),
    way.at(-1)!,
  );
  return copy;
}

const isRefused = (document: unknown): void => {
  expect(() => parseTrace(JSON.stringify(document))).toThrow(TraceFileError);
  expect(SCHEMA.safeParse(document).success, JSON.stringify(document).slice(0, 300)).toBe(false);
};

describe('trace file', () => {
  it('gives back the trace, and agrees with its schema', () => {
    for (const trace of traces) {
      const text = formatTrace(trace);
      expect(parseTrace(text)).toEqual(trace);
      expect(SCHEMA.safeParse(JSON.parse(text)).error).toBeUndefined();
    }
  });

  it('of an empty table is a trace file too', () => {
    const trace = { ...traces[0]!, reads: [] };
    expect(parseTrace(formatTrace(trace))).toEqual(trace);
  });

  it('is refused, by its schema too, without any one of its fields, or with one more', () => {
    const document = slim(JSON.parse(formatTrace(traces[0]!)));
    let fields = 0;
    for (const way of places(document)) {
      if (typeof way.at(-1) !== 'string') continue;
      fields += 1;
      isRefused(changed(document, way, (parent, name) => delete parent[name]));
      isRefused(changed(document, way, (parent) => (parent.more = 1)));
    }
    expect(fields).toBeGreaterThanOrEqual(42);
    expect([...places(document)].some((way) => way.at(-2) === 'otherLeaf')).toBe(true);
  });

  it('is refused, by its schema too, with a value of another type anywhere', () => {
    const document = slim(JSON.parse(formatTrace(traces[0]!)));
    for (const way of places(document)) {
      if (way.length === 0) continue;
      for (const value of [true, -1, 1.5, 'x', '0x1', {}]) {
        isRefused(changed(document, way, (parent, step) => (parent[step] = value)));
      }
    }
  });

  it('is refused with a public signal of r, beside r - 1', () => {
    const trace = traces[0]!;
    const text = formatTrace({ ...trace, publics: { ...trace.publics, x: toFr(FIELD_ORDER - 1n) } });
    expect(parseTrace(text).publics.x).toBe(FIELD_ORDER - 1n);
    const aliased = text.replace(frToHex(FIELD_ORDER - 1n), `0x${FIELD_ORDER.toString(16)}`);
    expect(() => parseTrace(aliased)).toThrow(
      'publics.x: expected a field element, below the order of BN254, got "0x30644',
    );
  });

  it.each([
    [
      'another version',
      '"version": 2',
      '"version": 1',
      'version: expected 2, the only version of rootshift-trace known here, got 1',
    ],
    [
      'another format',
      '"rootshift-trace"',
      '"rootshift-proof"',
      'format: expected "rootshift-trace", got "rootshift-proof"',
    ],
    ['no version', '"version": 2,', '', 'the file: expected a field "version", got none'],
    [
      'an address of 21 bytes',
      '"address":"0x',
      '"address":"0x00',
      'log[0].address: expected 20 bytes, as 0x and 40 hexadecimal digits, got 21 bytes',
    ],
    [
      'a time that is no number',
      '"previousTime":0',
      '"previousTime":"0"',
      'log[0].previousTime: expected an integer from 0 to 9007199254740991, got "0"',
    ],
    ['its end missing', /\n {2}"writes"[^]*/, '', 'not JSON: line'],
    ['nothing in it', /[^]*/, '', 'not JSON: the file is empty'],
  ])('is refused with %s', (_, from, to, message) => {
    const text = formatTrace(traces[0]!);
    expect(parseTrace(text)).toEqual(traces[0]);
    expect(() => parseTrace(text.replace(from, to))).toThrow(TraceFileError);
    expect(() => parseTrace(text.replace(from, to))).toThrow(message);
  });

  it('with any byte damaged is another trace, or refused in one sentence', () => {
    const text = formatTrace(traces[0]!);
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.string({ maxLength: 3 }), (at, put) => {
        try {
          parseTrace(text.slice(0, at) + put + text.slice(at + 1));
        } catch (error) {
          expect(error).toBeInstanceOf(TraceFileError);
          expect((error as Error).message).not.toBe('');
        }
      }),
      { numRuns: 100 },
    );
  });
});
