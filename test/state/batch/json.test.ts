import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonNumber, JsonSyntaxError, parseJson, parseJsonValues } from '../../../src/state/batch/json.js';
import type { Json } from '../../../src/state/batch/json.js';

const plain = (value: Json): unknown => {
  if (value instanceof JsonNumber) return Number(value.text);
  if (value instanceof Map) return Object.fromEntries([...value].map(([k, v]) => [k, plain(v as Json)]));
  return Array.isArray(value) ? value.map(plain) : value;
};

describe('JSON reader', () => {
  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(undefined, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        // Through fromEntries on both sides: a key "__proto__" is a field like any other.
        expect(JSON.stringify(plain(parseJson(text)))).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });

  it('refuses what JSON.parse refuses, but for keys given twice', () => {
    const text = '{"a": [1, -2.5e3, "x\\n\\u0041"], "b": {"c": null, "d": [true, false]}, "e": ""}';
    fc.assert(
      fc.property(
        fc.nat(text.length),
        fc.nat(2),
        fc.constantFrom('', '"', '{', ']', ',', '0', '\\', '\n', '-', 'x'),
        (at, cut, put) => {
          const changed = text.slice(0, at) + put + text.slice(at + cut);
          let valid = true;
          try {
            JSON.parse(changed);
          } catch {
            valid = false;
          }
          if (valid) parseJson(changed);
          else expect(() => parseJson(changed)).toThrow(JsonSyntaxError);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('keeps every digit of a number', () => {
    const digits = (2n ** 256n - 1n).toString();
    expect(parseJson(digits)).toEqual(new JsonNumber(digits));
  });

  it('reads values that follow one another, and knows their lines', () => {
    expect(parseJsonValues('\n1\n\n2 3\r\n').map(({ line }) => line)).toEqual([2, 4, 4]);
    expect(parseJsonValues(' \n')).toEqual([]);
    expect(() => parseJson('1\n2')).toThrow('line 2: expected the end of the file');
  });

  it('names line and column', () => {
    expect(() => parseJson('{\n  "a": 1,\n  "b" 2\n}')).toThrow("not JSON: line 3, column 7: expected ':', got 2");
    expect(() => parseJson('[1, 2')).toThrow("line 1, column 6: expected ',' or ']', got the end of the file");
    expect(() => parseJson('{"a": nul}')).toThrow('line 1, column 7: expected JSON, got "nul}"');
    expect(() => parseJson('"a\nb"')).toThrow('line 1, column 1: expected a string');
    expect(() => parseJson('')).toThrow('the file is empty');
  });

  it('refuses a key given twice, also with one value', () => {
    expect(plain(parseJson('{"a": 1, "b": 1}'))).toEqual({ a: 1, b: 1 });
    expect(() => parseJson('{"a": 1, "a": 2}')).toThrow('line 1, column 10: expected each key once, got "a" twice');
    expect(() => parseJson('{"a": "x", "\\u0061": "x"}')).toThrow('expected each key once');
  });

  it('refuses nesting that could exhaust the stack, and reads long strings that could', () => {
    expect(() => parseJson('['.repeat(100_000))).toThrow('at most 64 levels of nesting');
    expect(parseJson(`${'['.repeat(64)}${']'.repeat(64)}`)).toHaveLength(1);
    expect(parseJson(`"${'\\n'.repeat(10_000_000)}"`)).toHaveLength(10_000_000);
  });
});

// Where every value looks through all the rest, this takes minutes; else a second or two.
it.each([
  ['on one line', ''],
  ['before a break that is far', '\n{}'],
])('reads half a million values %s', (_where, end) => {
  expect(parseJsonValues(`${'{"a":1}'.repeat(500_000)}${end}`).length).toBeGreaterThanOrEqual(500_000);
});

it('says on which line a value begins', () => {
  expect(parseJsonValues('1 2\n\n3\n[\n4] 5\n').map(({ line }) => line)).toEqual([1, 1, 3, 4, 5]);
  expect(parseJsonValues('\n1', 7).map(({ line }) => line)).toEqual([8]);
});
