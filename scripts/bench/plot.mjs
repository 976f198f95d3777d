// Plots as SVG: lines on logarithmic axes, and stacked bars.
const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [760, 440, 80, 250, 40, 50];
const COLOURS = ['#0b6e4f', '#3a86ff', '#c1121f', '#7b2cbf', '#e07a00', '#555555'];

const text = (x, y, content, more = '') =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${more}>${content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</text>`;
const head = (height, title) => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">
<rect width="${WIDTH}" height="${height}" fill="white"/>
${text(LEFT, 22, title, 'font-size="15"')}`;

/**
 * @param lines `{ name, points: [x, y][] }`, all numbers above 0
 * @returns the text of an SVG file
 */
export function plot({ title, x: xTitle, y: yTitle, lines }) {
  const points = lines.flatMap((line) => line.points);
  const decades = (numbers) => [Math.floor(Math.log10(Math.min(...numbers))), Math.ceil(Math.log10(Math.max(...numbers)) + 1e-9)];
  const [x0, x1] = decades(points.map(([x]) => x));
  const [y0, y1] = decades(points.map(([, y]) => y));
  const across = (x) => LEFT + ((Math.log10(x) - x0) / Math.max(1, x1 - x0)) * (WIDTH - LEFT - RIGHT);
  const down = (y) => HEIGHT - BOTTOM - ((Math.log10(y) - y0) / Math.max(1, y1 - y0)) * (HEIGHT - TOP - BOTTOM);
  const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => 10 ** (from + i));
  const label = (n) => (n >= 1 ? n.toLocaleString('en') : String(Number(n.toPrecision(1))));
  return `${head(HEIGHT, title)}
${range(x0, x1).map((x) => `<line x1="${across(x)}" x2="${across(x)}" y1="${TOP}" y2="${HEIGHT - BOTTOM}" stroke="#ddd"/>${text(across(x), HEIGHT - BOTTOM + 18, label(x), 'text-anchor="middle"')}`).join('\n')}
${range(y0, y1).map((y) => `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${down(y)}" y2="${down(y)}" stroke="#ddd"/>${text(LEFT - 6, down(y) + 4, label(y), 'text-anchor="end"')}`).join('\n')}
${text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, xTitle, 'text-anchor="middle"')}
${text(14, (TOP + HEIGHT - BOTTOM) / 2, yTitle, `text-anchor="middle" transform="rotate(-90 14 ${(TOP + HEIGHT - BOTTOM) / 2})"`)}
${lines.map(({ name, points: own }, i) => {
    const colour = COLOURS[i % COLOURS.length];
    const path = own.map(([x, y]) => `${across(x).toFixed(1)},${down(y).toFixed(1)}`);
    const dots = own.map(([x, y]) => `<circle cx="${across(x).toFixed(1)}" cy="${down(y).toFixed(1)}" r="3" fill="${colour}"/>`).join('');
    return `<polyline points="${path.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>${dots}${text(WIDTH - RIGHT + 14, TOP + 14 + 20 * i, name, `fill="${colour}"`)}`;
  }).join('\n')}
</svg>
`;
}

/**
 * Bars of equal length, each cut into the shares of its parts.
 * @param bars `{ name, total, parts }`; `total` stands behind the bar, `parts` are numbers by their names, the same for all
 * @returns the text of an SVG file
 */
export function stackedBars({ title, bars }) {
  const [left, bar, gap] = [170, 22, 10];
  const width = WIDTH - left - 130;
  const names = Object.keys(bars[0].parts);
  const height = TOP + bars.length * (bar + gap) + BOTTOM;
  const rows = bars.map(({ name, total, parts }, i) => {
    const y = TOP + i * (bar + gap);
    const sum = Object.values(parts).reduce((a, b) => a + b, 0);
    let x = left;
    const pieces = names.map((part, j) => {
      const share = parts[part] / sum;
      const piece = `<rect x="${x.toFixed(1)}" y="${y}" width="${(share * width).toFixed(1)}" height="${bar}" fill="${COLOURS[j]}"/>`;
      const label = share < 0.04 ? '' : text(x + (share * width) / 2, y + 15, `${Math.round(100 * share)} %`, 'fill="white" text-anchor="middle"');
      x += share * width;
      return piece + label;
    });
    return text(left - 8, y + 15, name, 'text-anchor="end"') + pieces.join('') + text(x + 8, y + 15, total);
  });
  const legend = names.map((part, j) => text(left + 100 * j, height - 16, part, `fill="${COLOURS[j]}"`));
  return `${head(height, title)}
${rows.join('\n')}
${legend.join('\n')}
</svg>
`;
}
