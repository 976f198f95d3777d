/** Makes elements; text is always text, never markup. */
type Child = Node | string;

export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export function drawing(
  tag: string,
  attributes: Readonly<Record<string, string | number>> = {},
  ...children: readonly Child[]
): SVGElement {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

export const grouped = (n: number): string => n.toLocaleString('en');

export const counted = (n: number, one: string, many = `${one}s`): string => `${grouped(n)} ${n === 1 ? one : many}`;

/** Whether the reader wants numbers in full. */
let inFull = false;

/** Shows numbers in full, or short again, wherever one can be copied. Callers redraw numbers elsewhere. */
export function showInFull(full: boolean): void {
  inFull = full;
  for (const code of document.querySelectorAll<HTMLElement>('code[data-short]')) {
    code.textContent = full ? code.title : code.dataset['short']!;
  }
}

/** The beginning and the end of something long: `0x012143…e45fa`. */
export const abbreviated = (text: string, front = 8, back = 6): string =>
  text.length <= front + back + 1 ? text : `${text.slice(0, front)}…${text.slice(-back)}`;

/** The same, unless the reader wants numbers in full. */
export const short = (text: string, front = 8, back = 6): string => (inFull ? text : abbreviated(text, front, back));

/**
 * A value as people read it: small numbers in decimal, others in hexadecimal, shortened unless the reader wants them in
 * full.
 */
export const valueText = (digits: string, front = 8, back = 6): string =>
  asText(digits, (hex) => short(hex, front, back));

/** The same, always shortened. */
export const valueAbbreviated = (digits: string): string => asText(digits, abbreviated);

function asText(digits: string, hexText: (hex: string) => string): string {
  return digits.length <= 12 ? grouped(Number.parseInt(digits, 16)) : hexText(`0x${digits}`);
}

/** A hash, or something else that is long, shortened, with a button that copies all of it. */
export function copyable(full: string, shown: string, what: string): HTMLElement {
  const button = element(
    'button',
    { type: 'button', class: 'copy', 'aria-label': `Copy ${what}`, title: `Copy ${what}` },
    copyIcon(),
  );
  button.addEventListener('click', () => void copy(full, button));
  const code = element('code', { title: full, 'data-short': shown }, inFull ? full : shown);
  return element('span', { class: 'copyable' }, code, button);
}

/** Two sheets. */
const copyIcon = (): SVGElement =>
  drawing(
    'svg',
    { viewBox: '0 0 14 14', 'aria-hidden': 'true' },
    drawing('rect', { x: 1, y: 1, width: 8.5, height: 8.5, rx: 1.5 }),
    drawing('path', { d: 'M4.5 12.5h6.5a1.5 1.5 0 0 0 1.5-1.5V4.5' }),
  );

async function copy(text: string, button: HTMLElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // A page from a file may not have the clipboard; the selection may be copied in any browser.
    const field = element('textarea', { class: 'offscreen', 'aria-hidden': 'true' });
    field.value = text;
    document.body.append(field);
    field.select();
    document.execCommand('copy');
    field.remove();
  }
  button.textContent = '✓';
  announce('Copied.');
  setTimeout(() => button.replaceChildren(copyIcon()), 1200);
}

/** Tells a screen reader. */
export function announce(text: string): void {
  const status = document.querySelector('#status');
  if (status !== null) status.textContent = text;
}

/**
 * Calls `draw` in the frame after an element has another width: drawing may change its height, and so may not happen in
 * the same one.
 */
export function onWidth(watched: Element, draw: (width: number) => void): void {
  let last = 0;
  new ResizeObserver(() =>
    requestAnimationFrame(() => {
      if (watched.clientWidth === last || watched.clientWidth === 0) return;
      last = watched.clientWidth;
      draw(last);
    }),
  ).observe(watched);
}

/** A table of labels and what they stand for. */
export function facts(rows: readonly (readonly [label: string, content: Child])[]): HTMLElement {
  return element(
    'dl',
    { class: 'facts' },
    ...rows.flatMap(([label, content]) => [element('dt', {}, label), element('dd', {}, content)]),
  );
}
