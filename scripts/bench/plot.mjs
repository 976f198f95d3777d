// A plot with logarithmic axes, as SVG.
const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [760, 440, 80, 250, 40, 50];
const COLOURS = ['#0b6e4f', '#3a86ff', '#c1121f', '#7b2cbf', '#e07a00', '#555555'];

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
  const text = (x, y, content, more = '') => `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${more}>${content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</text>`;
  const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => 10 ** (from + i));
  const label = (n) => (n >= 1 ? n.toLocaleString('en') : String(Number(n.toPrecision(1))));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">
<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>
${text(LEFT, 22, title, 'font-size="15"')}
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
