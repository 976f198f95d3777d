import { atRoot, expected, readBytes, readInteger, readList, readObject } from '../../state/batch/fields.js';
import type { Located } from '../../state/batch/fields.js';
import { parseJson } from '../../state/batch/json.js';
import { wordDigits } from '../suite/account-bytes.js';
import { DEPTH } from '../suite/suite.js';
import type { Digest, Hex, Opening } from '../suite/suite.js';
import type { Path, Trace } from './trace.js';

/**
 * A trace as Shomei writes it. Numbers are JSON numbers, everything else `0x` and digits.
 * @see {@link traceToJson}
 */
export type TraceJson = Readonly<Record<string, unknown>>;

type FieldType = 'count' | 'digest' | 'opening' | 'path' | 'bytes';

interface Form {
  /** The number by which the JSON names the operation. */
  readonly type: number;
  /** In the order in which they are written; `type` comes last. */
  readonly fields: Readonly<Record<string, FieldType>>;
}

const CHANGE = { newNextFreeNode: 'count', oldSubRoot: 'digest', newSubRoot: 'digest' } as const;

const FORMS: Readonly<Record<Trace['kind'], Form>> = {
  read: {
    type: 0,
    fields: {
      location: 'bytes',
      nextFreeNode: 'count',
      subRoot: 'digest',
      leaf: 'opening',
      proof: 'path',
      key: 'bytes',
      value: 'bytes',
    },
  },
  'read-zero': {
    type: 1,
    fields: {
      location: 'bytes',
      nextFreeNode: 'count',
      subRoot: 'digest',
      leftLeaf: 'opening',
      rightLeaf: 'opening',
      leftProof: 'path',
      rightProof: 'path',
      key: 'bytes',
    },
  },
  insert: {
    type: 2,
    fields: {
      location: 'bytes',
      ...CHANGE,
      leftProof: 'path',
      newProof: 'path',
      rightProof: 'path',
      key: 'bytes',
      value: 'bytes',
      priorLeftLeaf: 'opening',
      priorRightLeaf: 'opening',
    },
  },
  update: {
    type: 3,
    fields: {
      location: 'bytes',
      ...CHANGE,
      proof: 'path',
      key: 'bytes',
      oldValue: 'bytes',
      newValue: 'bytes',
      priorUpdatedLeaf: 'opening',
    },
  },
  delete: {
    type: 4,
    fields: {
      location: 'bytes',
      ...CHANGE,
      leftProof: 'path',
      deletedProof: 'path',
      rightProof: 'path',
      key: 'bytes',
      deletedValue: 'bytes',
      priorLeftLeaf: 'opening',
      priorDeletedLeaf: 'opening',
      priorRightLeaf: 'opening',
    },
  },
};
const KINDS = Object.keys(FORMS) as Trace['kind'][];

export const digestToHex = (digest: Digest): Hex => `0x${wordDigits(digest)}`;

/** An opening as JSON has it. */
const openingToJson = ({ hKey, hVal, prevLeaf, nextLeaf }: Opening): TraceJson => ({
  hkey: digestToHex(hKey),
  hval: digestToHex(hVal),
  prevLeaf,
  nextLeaf,
});

/**
 * A trace as Shomei writes it.
 *
 * @example
 * JSON.stringify(lineaTraces.map(traceToJson));
 */
export function traceToJson(trace: Trace): TraceJson {
  const { fields, type } = FORMS[trace.kind];
  const values = trace as unknown as Readonly<Record<string, unknown>>;
  const written = Object.entries(fields).map(([name, form]) => [name, fieldToJson(form, values[name])]);
  return { ...Object.fromEntries(written), type };
}

function fieldToJson(form: FieldType, value: unknown): unknown {
  switch (form) {
    case 'count':
    case 'bytes':
      return value;
    case 'digest':
      return digestToHex(value as Digest);
    case 'opening':
      return openingToJson(value as Opening);
    case 'path': {
      const { leafIndex, siblings } = value as Path;
      return { leafIndex, siblings: siblings.map(digestToHex) };
    }
  }
}

/**
 * Reads a trace of a JSON file; whether it is true is not looked at.
 * @throws {FieldError} it has not the form of a trace
 */
export function readTrace(at: Located): Trace {
  const { type } = findType(at);
  const number = readInteger(type, 0, KINDS.length - 1);
  const kind = KINDS.find((name) => FORMS[name].type === number)!;
  const { fields } = FORMS[kind];
  const found = readObject(at, [...Object.keys(fields), 'type']);
  const read = Object.entries(fields).map(([name, form]) => [name, readField(form, found[name]!)]);
  return { ...Object.fromEntries(read), kind } as Trace;
}

function findType(at: Located): { readonly type: Located } {
  if (!(at.value instanceof Map)) return expected('an object', at);
  const value = at.value.get('type');
  if (value === undefined) return expected('a field "type"', at, 'none');
  return { type: { ...at, value, path: at.path === '' ? 'type' : `${at.path}.type` } };
}

function readField(form: FieldType, at: Located): unknown {
  switch (form) {
    case 'count':
      return readInteger(at, 0, 2 ** DEPTH);
    case 'bytes':
      return readHex(at);
    case 'digest':
      return readBytes(at, 32);
    case 'opening': {
      const { hkey, hval, prevLeaf, nextLeaf } = readObject(at, ['hkey', 'hval', 'prevLeaf', 'nextLeaf']);
      return {
        prevLeaf: readLeafIndex(prevLeaf),
        nextLeaf: readLeafIndex(nextLeaf),
        hKey: readBytes(hkey, 32),
        hVal: readBytes(hval, 32),
      } satisfies Opening;
    }
    case 'path': {
      const { leafIndex, siblings } = readObject(at, ['leafIndex', 'siblings']);
      const list = readList(siblings);
      if (list.length !== DEPTH) expected(`${DEPTH} siblings`, siblings, String(list.length));
      return {
        leafIndex: readLeafIndex(leafIndex),
        siblings: list.map((sibling) => readBytes(sibling, 32)),
      } satisfies Path;
    }
  }
}

const readLeafIndex = (at: Located): number => readInteger(at, 0, 2 ** DEPTH - 1);

/** Bytes of any number. @throws {FieldError} */
export function readHex(at: Located): Hex {
  const { value } = at;
  if (typeof value === 'string' && /^0x([0-9a-fA-F]{2})*$/.test(value)) return value.toLowerCase() as Hex;
  return expected('bytes, as 0x and two hexadecimal digits each', at);
}

/**
 * Reads one trace.
 * @throws {JsonSyntaxError | FieldError}
 */
export const parseTrace = (text: string): Trace => readTrace(atRoot(parseJson(text)));
