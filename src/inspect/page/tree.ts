import { abbreviated, drawing, element } from './dom.js';
import type { Path } from './model.js';

/** Sizes of the drawing, in pixels. */
const BOX = { height: 46, gap: 6, between: 32, border: 5 } as const;
const LEAST_WIDTH = 280;
const MOST_WIDTH = 620;

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

type Tag = 'root' | 'own leaf' | 'other leaf' | 'empty' | 'node';

/**
 * A path from the root down. Each level has the children of one node, in the order of their digits: the wide one is the
 * path's own, with its hash before and, where it is another, after.
 */
export function drawPath(path: Path, available: number): SVGElement {
  const width = Math.min(MOST_WIDTH, Math.max(LEAST_WIDTH, available));
  const levels = path.siblings.length;
  const height = (levels + 1) * (BOX.height + BOX.between) - BOX.between + 2 * BOX.border;
  const arity = (path.siblings[0]?.length ?? 1) + 1;
  const own = Math.max(118, Math.round(width * (arity === 2 ? 0.5 : 0.34)));
  const beside = (width - own - (arity - 1) * BOX.gap - 2 * BOX.border) / (arity - 1);
  const edges = drawing('g', { class: 'edges' });
  const boxes = drawing('g', {});

  let parent: Box = { x: (width - own) / 2, y: BOX.border, width: own };
  boxes.append(ownBox(path, 0, parent));
  for (let level = 0; level < levels; level++) {
    const y = BOX.border + (level + 1) * (BOX.height + BOX.between);
    const digit = path.digits[level]!;
    const siblings: readonly (string | null)[] = path.siblings[level]!;
    let x: number = BOX.border;
    let next = parent;
    for (let child = 0; child < arity; child++) {
      const isOwn = child === digit;
      const box = { x, y, width: isOwn ? own : beside };
      x += box.width + BOX.gap;
      const sibling = isOwn ? null : siblings[child < digit ? child : child - 1]!;
      edges.append(edge(parent, box, isOwn ? 'own' : sibling === null ? 'none' : ''));
      boxes.append(isOwn ? ownBox(path, level + 1, box) : siblingBox(path, level, sibling, box));
      if (isOwn) next = box;
    }
    parent = next;
  }
  return drawing(
    'svg',
    { class: 'tree', width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': describePath(path) },
    edges,
    boxes,
  );
}

/** What a drawing shows, for those who do not see it. */
function describePath({ before, after, siblings }: Path): string {
  const longest = siblings.length;
  const end = (nodes: Path['before']): string =>
    `${nodes.length - 1} levels down to ${nodes.at(-1) === null ? 'an empty node' : 'a leaf'}`;
  const same = before.length === after.length && before.every((node, i) => node === after[i]);
  return `Path of the key through ${longest} levels. ${same ? `Before and after: ${end(before)}.` : `Before: ${end(before)}. After: ${end(after)}.`} The hashes are in the table below.`;
}

function edge(from: Box, to: Box, className: string): SVGElement {
  const x1 = from.x + from.width / 2;
  const y1 = from.y + BOX.height;
  const x2 = to.x + to.width / 2;
  const y2 = to.y;
  const middle = (y1 + y2) / 2;
  return drawing('path', { class: className, d: `M${x1} ${y1}C${x1} ${middle} ${x2} ${middle} ${x2} ${y2}` });
}

/** The leaf of another key that stands at the end of the shorter way, and beside the end of the longer one. */
function otherLeaf({ before, after, otherKey }: Path): string | null {
  if (otherKey === null) return null;
  return (before.length <= after.length ? before : after).at(-1)!;
}

/** What the node at a depth of a way is. */
function tagOf(path: Path, way: Path['before'], depth: number): Tag {
  const node = way[depth]!;
  if (node === null) return 'empty';
  if (depth < way.length - 1) return depth === 0 ? 'root' : 'node';
  return node === otherLeaf(path) ? 'other leaf' : 'own leaf';
}

const TAGS: Readonly<Record<Tag, string>> = {
  root: 'root',
  node: '',
  'own leaf': 'leaf',
  'other leaf': 'other',
  empty: 'empty',
};

/** The two lines of a node that changes. The roots are those of one step, and not the batch's old and new root. */
const WHEN = { root: ['before', 'after'], below: ['old', 'new'] } as const;

function labelOf(line: { readonly node: string | null; readonly tag: Tag } | null, same: boolean): string {
  if (line === null || line.node === null) return '';
  return line.tag === 'root' && !same ? '' : TAGS[line.tag];
}

function ownBox(path: Path, depth: number, box: Box): SVGElement {
  const ways = [path.before, path.after].map((way) =>
    depth < way.length ? { node: way[depth]!, tag: tagOf(path, way, depth) } : null,
  );
  const [before, after] = ways as [(typeof ways)[0], (typeof ways)[0]];
  const same = before !== null && after !== null && before.node === after.node;
  const lines = same ? [before] : [before, after];
  const last = lines.at(-1) ?? before;
  const kind = last?.tag ?? before!.tag;
  const group = drawing(
    'g',
    { class: `node own ${kind.replace(' ', '-')}${same ? '' : ' changed'}` },
    frame(box, kind !== 'node' && kind !== 'root'),
  );
  const digits = box.width < 128 ? 3 : 4;
  lines.forEach((line, i) => {
    const y = box.y + (same ? 28 : 19 + 17 * i);
    const text = line === null ? 'nothing here' : hashText(line.node, digits);
    const label = [same ? '' : WHEN[depth === 0 ? 'root' : 'below'][i]!, labelOf(line, same)]
      .filter((part) => part !== '')
      .join(' ');
    const made = drawing('text', { x: box.x + box.width / 2, y, class: same ? 'hash' : ['hash old', 'hash new'][i]! });
    if (label !== '') made.append(drawing('tspan', { class: 'tag' }, `${label} `));
    made.append(text);
    group.append(made);
  });
  group.prepend(drawing('title', {}, lines.map((line) => (line?.node ? `0x${line.node}` : 'empty')).join(' → ')));
  return group;
}

function siblingBox(path: Path, level: number, node: string | null, box: Box): SVGElement {
  const isOther =
    node !== null &&
    level === path.siblings.length - 1 &&
    path.before.length !== path.after.length &&
    node === otherLeaf(path);
  const digits = box.width < 66 ? [2, 2] : [4, 4];
  const group = drawing(
    'g',
    { class: `node sibling${node === null ? ' empty' : ''}${isOther ? ' other-leaf' : ''}` },
    drawing('title', {}, node === null ? 'empty' : `${isOther ? 'leaf of another key ' : ''}0x${node}`),
    frame(box, isOther),
  );
  const centre = { x: box.x + box.width / 2, class: 'hash' };
  if (isOther)
    group.append(
      drawing(
        'text',
        { ...centre, y: box.y + 19, class: 'tag' },
        path.before.length < path.after.length ? 'moved' : 'was here',
      ),
    );
  group.append(
    drawing(
      'text',
      { ...centre, y: box.y + (isOther ? 36 : 28) },
      node === null ? '–' : abbreviated(node, digits[0], digits[1]),
    ),
  );
  return group;
}

const frame = ({ x, y, width }: Box, round: boolean): SVGElement =>
  drawing('rect', { x, y, width, height: BOX.height, rx: round ? BOX.height / 2 : 6 });

const hashText = (node: string | null, digits: number): string =>
  node === null ? 'empty' : abbreviated(node, digits, digits);

/** All hashes of a path, whole, as a table: what the drawing has no room for. */
export function hashTable(path: Path): HTMLElement {
  const depth = Math.max(path.before.length, path.after.length);
  const whole = (node: string | null | undefined): HTMLElement =>
    element('code', {}, node === undefined ? 'none' : node === null ? 'empty' : `0x${node}`);
  const rows = Array.from({ length: depth }, (_, level) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, String(level)),
      element('td', {}, whole(path.before[level])),
      element('td', {}, path.before[level] === path.after[level] ? 'the same' : whole(path.after[level])),
      element(
        'td',
        {},
        ...(level === 0 ? ['–'] : path.siblings[level - 1]!.map((node) => element('div', {}, whole(node)))),
      ),
    ),
  );
  const headings = ['level', 'before', 'after', 'siblings'].map((heading) => element('th', { scope: 'col' }, heading));
  return element(
    'details',
    { class: 'hashes' },
    element('summary', {}, 'All hashes, in full'),
    element(
      'div',
      { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Hashes of the path' },
      element('table', {}, element('thead', {}, element('tr', {}, ...headings)), element('tbody', {}, ...rows)),
    ),
  );
}
