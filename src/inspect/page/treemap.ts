import type { PageCost } from './data.js';
import { drawing, grouped } from './dom.js';

interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface Tile {
  readonly name: string;
  readonly total: number;
  readonly cost: PageCost | null;
}

export const totalCost = ({ own, inside }: PageCost): number =>
  inside.reduce((sum, cost) => sum + totalCost(cost), own);

export const costName = ({ template, levels }: PageCost): string =>
  levels === undefined ? template : `${template}, ${levels} levels`;

/** Tiles smaller than this are left without what is inside them, or without their name; pixels. */
const LEAST_SIDE = 18;
const LETTER = 6.6;
const HEAD = 18;
const PADDING = 3;
const MOST_DEPTH = 3;

/** Constraints as areas, those of a template inside that of the template around it. */
export function drawTreemap(cost: PageCost, width: number): SVGElement {
  const height = Math.max(260, Math.round(width * 0.62));
  const svg = drawing('svg', {
    class: 'treemap',
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    role: 'img',
    'aria-label': `Constraints of ${cost.template} by template, as areas. The numbers are in the table.`,
  });
  fill(svg, cost, { x: 0, y: 0, width, height }, 0);
  return svg;
}

function fill(svg: SVGElement, cost: PageCost, area: Area, depth: number): void {
  const tiles: Tile[] = cost.inside.map((inside) => ({
    name: costName(inside),
    total: totalCost(inside),
    cost: inside,
  }));
  if (cost.own > 0) tiles.push({ name: 'own', total: cost.own, cost: null });
  for (const [tile, place] of squarify(
    tiles.sort((a, b) => b.total - a.total),
    area,
  )) {
    const hue = tile.cost === null ? 'own' : `depth-${depth}`;
    const box = drawing('rect', { x: place.x, y: place.y, width: place.width, height: place.height, class: hue });
    const whole = `${tile.name}: ${grouped(tile.total)}`;
    svg.append(drawing('g', {}, drawing('title', {}, whole), box, ...label(tile, place)));
    const inner = {
      x: place.x + PADDING,
      y: place.y + HEAD,
      width: place.width - 2 * PADDING,
      height: place.height - HEAD - PADDING,
    };
    const splits = tile.cost !== null && depth + 1 < MOST_DEPTH && only(tile.cost).inside.length > 0;
    if (splits && inner.width > LEAST_SIDE && inner.height > LEAST_SIDE) fill(svg, only(tile.cost!), inner, depth + 1);
  }
}

/** A template that is nothing but one other is drawn as that. */
const only = (cost: PageCost): PageCost => (cost.own === 0 && cost.inside.length === 1 ? only(cost.inside[0]!) : cost);

function label({ name, total }: Tile, { x, y, width, height }: Area): SVGElement[] {
  const room = Math.floor((width - 8) / LETTER);
  if (room < 3 || height < 15) return [];
  const both = `${name} ${grouped(total)}`;
  const text = both.length <= room ? both : name.length <= room ? name : `${name.slice(0, room - 1)}…`;
  return [drawing('text', { x: x + 4, y: y + 13 }, text)];
}

/**
 * Cuts an area into tiles by their totals, close to squares: rows are laid along the shorter side as long as that makes
 * the worst tile better. Source: Bruls, Huizing, van Wijk, "Squarified Treemaps" (2000).
 */
function squarify(tiles: readonly Tile[], area: Area): [Tile, Area][] {
  const placed: [Tile, Area][] = [];
  let left = tiles;
  let free = area;
  while (left.length > 0) {
    const scale = (free.width * free.height) / left.reduce((sum, { total }) => sum + total, 0);
    const side = Math.min(free.width, free.height);
    let count = 1;
    while (
      count < left.length &&
      worst(left.slice(0, count + 1), side, scale) <= worst(left.slice(0, count), side, scale)
    )
      count++;
    const row = left.slice(0, count);
    const thickness = (row.reduce((sum, { total }) => sum + total, 0) * scale) / side;
    const isWide = free.width >= free.height;
    let at = isWide ? free.y : free.x;
    for (const tile of row) {
      const length = (tile.total * scale) / thickness;
      placed.push([
        tile,
        isWide
          ? { x: free.x, y: at, width: thickness, height: length }
          : { x: at, y: free.y, width: length, height: thickness },
      ]);
      at += length;
    }
    free = isWide
      ? { ...free, x: free.x + thickness, width: free.width - thickness }
      : { ...free, y: free.y + thickness, height: free.height - thickness };
    left = left.slice(count);
  }
  return placed;
}

/** The worst ratio of sides in a row along `side`. */
function worst(row: readonly Tile[], side: number, scale: number): number {
  const sum = row.reduce((total, tile) => total + tile.total * scale, 0);
  return Math.max(
    ...row.map(({ total }) => {
      const ratio = (side * side * total * scale) / (sum * sum);
      return Math.max(ratio, 1 / ratio);
    }),
  );
}
