// Numbers and tables in Markdown.

/** With commas, and at most so many digits behind the point. */
export const number = (x: number, digits = 0): string => x.toLocaleString('en', { maximumFractionDigits: digits });

/** Three digits that count, or all before the point. */
export const figure = (x: number): string => (x >= 100 ? number(x) : number(Number(x.toPrecision(3)), 6));

/** A table in Markdown. */
export const table = (headings: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [headings, headings.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
