// Plots as SVG: lines on logarithmic axes, and stacked bars.
const WIDTH = 760;
const HEIGHT = 440;
/** Margins. */
const LEFT = 80;
const RIGHT = 250;
const TOP = 40;
const BOTTOM = 50;
/** Each colour has a contrast of at least 4.5 to 1 on white, and on the dark paper its second form has. */
const COLOURS: readonly (readonly [light: string, dark: string])[] = [
  ['#0b6e4f', '#5fd3a6'],
  ['#1d5fbf', '#83bdf7'],
  ['#c1121f', '#ff9a90'],
  ['#7b2cbf', '#cfa0f5'],
  ['#9a5200', '#f0b35a'],
  ['#555555', '#b5b5b5'],
];

const STYLE = `<style>
svg { background: #ffffff; --ink: #1c1e21; --line: #dddddd; ${COLOURS.map(([light], i) => `--c${i}: ${light};`).join(' ')} }
@media (prefers-color-scheme: dark) { svg { background: #14161a; --ink: #e8e8e4; --line: #3a4048; ${COLOURS.map(([, dark], i) => `--c${i}: ${dark};`).join(' ')} } }
text { fill: var(--ink); } .grid { stroke: var(--line); } .on { fill: #ffffff; }
@media (prefers-color-scheme: dark) { .on { fill: #14161a; } }
</style>`;
const colour = (i: number): string => `var(--c${i % COLOURS.length})`;

const text = (x: number, y: number, content: string, more = ''): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${more}>${content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</text>`;
const head = (
  height: number,
  title: string,
): string => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">
${STYLE}
${text(LEFT, 22, title, 'font-size="15"')}`;

/** From where to where an axis goes. */
interface Axis {
  readonly first: number;
  readonly last: number;
}

/**
 * Marks of a logarithmic axis: 1, 2 and 5 times the powers of ten, from the last one below the numbers to the first one
 * above them. Over more than two decades, only the powers of ten within.
 * @param numbers at least one, all above 0
 */
function marks(numbers: readonly number[]): Axis & { readonly labelled: readonly number[] } {
  const least = Math.min(...numbers);
  const most = Math.max(...numbers);
  const from = Math.floor(Math.log10(least)) - 1;
  const to = Math.ceil(Math.log10(most)) + 1;
  const fine = Array.from({ length: to - from + 1 }, (_, i) =>
    [1, 2, 5].map((factor) => factor * 10 ** (from + i)),
  ).flat();
  const first = fine.findLast((mark) => mark <= least * 1.001) ?? least;
  const last = fine.find((mark) => mark >= most * 0.999) ?? most;
  const within = fine.filter((mark) => mark >= first && mark <= last);
  const labelled =
    Math.log10(last / first) > 2.1
      ? within.filter((mark) => Number.isInteger(Math.log10(mark)) || Math.abs(Math.log10(mark) % 1) < 1e-9)
      : within;
  return { first, last, labelled };
}

/**
 * Moves labels apart that stand closer than a line's height; they keep their order.
 * @param wanted where they would stand, from the top
 */
function apart(wanted: readonly number[]): number[] {
  const order = wanted.map((y, i) => ({ y, i })).sort((a, b) => a.y - b.y);
  let least = -Infinity;
  for (const label of order) {
    label.y = Math.max(label.y, least);
    least = label.y + 16;
  }
  const over = (order.at(-1)?.y ?? 0) - (HEIGHT - BOTTOM);
  if (over > 0) for (const label of order) label.y -= over;
  return order.sort((a, b) => a.i - b.i).map(({ y }) => y);
}

export interface Line {
  readonly name: string;
  /** At least one; numbers above 0. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface PlotOptions {
  readonly title: string;
  /** The axes' titles. */
  readonly x: string;
  readonly y: string;
  readonly lines: readonly Line[];
}

/** An SVG of lines on two logarithmic axes; each line's name stands at its end. */
export function plot({ title, x: xTitle, y: yTitle, lines }: PlotOptions): string {
  const points = lines.flatMap((line) => line.points);
  const xs = marks(points.map(([x]) => x));
  const ys = marks(points.map(([, y]) => y));
  const share = ({ first, last }: Axis, value: number): number => Math.log(value / first) / Math.log(last / first);
  const across = (x: number): number => LEFT + share(xs, x) * (WIDTH - LEFT - RIGHT);
  const down = (y: number): number => HEIGHT - BOTTOM - share(ys, y) * (HEIGHT - TOP - BOTTOM);
  const label = (n: number): string => (n >= 1 ? n.toLocaleString('en') : String(Number(n.toPrecision(1))));
  const ends = apart(lines.map((line) => down(line.points.at(-1)?.[1] ?? 1) + 4));
  return `${head(HEIGHT, title)}
${xs.labelled.map((x) => `<line class="grid" x1="${across(x).toFixed(1)}" x2="${across(x).toFixed(1)}" y1="${TOP}" y2="${HEIGHT - BOTTOM}"/>${text(across(x), HEIGHT - BOTTOM + 18, label(x), 'text-anchor="middle"')}`).join('\n')}
${ys.labelled.map((y) => `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${down(y).toFixed(1)}" y2="${down(y).toFixed(1)}"/>${text(LEFT - 6, down(y) + 4, label(y), 'text-anchor="end"')}`).join('\n')}
${text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, `${xTitle} (log scale)`, 'text-anchor="middle"')}
${text(14, (TOP + HEIGHT - BOTTOM) / 2, `${yTitle} (log scale)`, `text-anchor="middle" transform="rotate(-90 14 ${(TOP + HEIGHT - BOTTOM) / 2})"`)}
${lines
  .map(({ name, points: own }, i) => {
    const path = own.map(([x, y]) => `${across(x).toFixed(1)},${down(y).toFixed(1)}`);
    const dots = own
      .map(
        ([x, y]) =>
          `<circle cx="${across(x).toFixed(1)}" cy="${down(y).toFixed(1)}" r="3" style="fill: ${colour(i)}"/>`,
      )
      .join('');
    return `<polyline points="${path.join(' ')}" fill="none" style="stroke: ${colour(i)}" stroke-width="2"/>${dots}${text(WIDTH - RIGHT + 14, ends[i] ?? 0, name, `style="fill: ${colour(i)}"`)}`;
  })
  .join('\n')}
</svg>
`;
}

export interface BarsOptions {
  readonly title: string;
  /** Values are above 0; the label stands behind the bar. */
  readonly bars: readonly { readonly name: string; readonly value: number; readonly label: string }[];
}

/** An SVG of horizontal bars from zero, on a linear axis. */
export function bars({ title, bars: list }: BarsOptions): string {
  const left = 190;
  const height = 22;
  const gap = 8;
  const most = Math.max(...list.map(({ value }) => value));
  const rows = list.map(({ name, value, label }, i) => {
    const y = TOP + i * (height + gap);
    const width = (value / most) * (WIDTH - left - 130);
    return `${text(left - 8, y + 15, name, 'text-anchor="end"')}<rect x="${left}" y="${y}" width="${width.toFixed(1)}" height="${height}" style="fill: ${colour(0)}"/>${text(left + width + 8, y + 15, label)}`;
  });
  return `${head(TOP + list.length * (height + gap) + 16, title)}
${rows.join('\n')}
</svg>
`;
}

export interface StackedBarsOptions {
  readonly title: string;
  /** `total` stands behind the bar; `parts` are numbers by their names, the same names for all. */
  readonly bars: readonly {
    readonly name: string;
    readonly total: string;
    readonly parts: Readonly<Record<string, number>>;
  }[];
}

/** An SVG of bars of equal length, each cut into the shares of its parts. */
export function stackedBars({ title, bars: list }: StackedBarsOptions): string {
  const left = 170;
  const bar = 22;
  const gap = 10;
  const width = WIDTH - left - 130;
  const names = Object.keys(list[0]?.parts ?? {});
  const height = TOP + list.length * (bar + gap) + BOTTOM;
  const rows = list.map(({ name, total, parts }, i) => {
    const y = TOP + i * (bar + gap);
    const sum = Object.values(parts).reduce((a, b) => a + b, 0);
    let x = left;
    const pieces = names.map((part, j) => {
      const share = (parts[part] ?? 0) / sum;
      const piece = `<rect x="${x.toFixed(1)}" y="${y}" width="${(share * width).toFixed(1)}" height="${bar}" style="fill: ${colour(j)}"/>`;
      const label =
        share < 0.04
          ? ''
          : text(x + (share * width) / 2, y + 15, `${Math.round(100 * share)} %`, 'class="on" text-anchor="middle"');
      x += share * width;
      return piece + label;
    });
    return text(left - 8, y + 15, name, 'text-anchor="end"') + pieces.join('') + text(x + 8, y + 15, total);
  });
  const legend = names.map((part, j) => text(left + 100 * j, height - 16, part, `style="fill: ${colour(j)}"`));
  return `${head(height, title)}
${rows.join('\n')}
${legend.join('\n')}
</svg>
`;
}
