/** A command's result: text for people, an object for programs. One of them goes to stdout. */
export interface Outcome {
  /** Without the last line break. */
  readonly text: string;
  /** Plain JSON. */
  readonly json: object;
  /** False if a check failed: exit code 1. Default: true. */
  readonly valid?: boolean;
}

export const EXIT = { done: 0, notValid: 1, failed: 2 } as const;

/**
 * A text without what would do more to a terminal than be read: controls but line breaks, and what turns the direction
 * of text or is not seen, as JSON writes them. So JSON stays the same.
 */
export const visible = (text: string): string =>
  text.replace(/[^\n\P{C}]|[\u2028\u2029]/gu, (char) =>
    char
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );

/** The same on one line. */
export const inLine = (text: string): string => visible(text).replaceAll('\n', '\\n');

export const printText = (text: string): void => void process.stdout.write(`${visible(text)}\n`);
export const printJson = (value: object): void => printText(JSON.stringify(value, null, 2));
/** Beside the result: warnings, progress, errors. */
export const printAside = (text: string): void => void process.stderr.write(`${visible(text)}\n`);

export const count = (n: number, one: string, many = `${one}s`): string =>
  `${n.toLocaleString('en')} ${n === 1 ? one : many}`;

/** A time in milliseconds, for people. */
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** A sentence, followed by a list of what was checked. */
export const withFacts = (sentence: string, checked: readonly string[]): string =>
  [sentence, ...checked.map((fact) => `  checked: ${fact}`)].join('\n');

/** Rows of a label and a text, the texts below one another. */
export function table(rows: readonly (readonly [label: string, text: string])[]): string {
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows
    .map(([label, text]) => [inLine(label), inLine(text)] as const)
    .map(([label, text]) => `  ${label.padEnd(width)}  ${text}`)
    .join('\n');
}

/** Columns under their headings, as wide as needed; numbers are aligned right. */
export function columns(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [headings, ...rows.map((row) => row.map(inLine))];
  const widths = headings.map((_, i) => all.reduce((width, row) => Math.max(width, row[i]!.length), 0));
  const toTheRight = headings.map((_, i) => rows.every((row) => /^[\d,]+$|^-$/.test(row[i]!)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (toTheRight[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd();
  return all.map(line).join('\n');
}
