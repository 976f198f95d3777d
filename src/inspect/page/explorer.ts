import { element, grouped, short, showInFull, valueText } from './dom.js';
import { Grid } from './grid.js';
import { KeyPanel } from './key-panel.js';
import { keepPlace } from './link.js';
import type { Place } from './link.js';
import { deedOfAccess, deedOfKey, isChanged } from './model.js';
import type { Access, Deed, Key, Run } from './model.js';

/** What rows are left. */
interface Filter {
  readonly op: string;
  readonly kind: string;
  /** Lower case. */
  readonly address: string;
  /** `#7` is the key with number 7; all else is a part of a slot, decimal or hexadecimal. */
  readonly key: string;
  readonly changedOnly: boolean;
}

export interface Explorer {
  readonly accesses: HTMLElement;
  readonly keys: HTMLElement;
  readonly around: (tabs: HTMLElement) => HTMLElement;
  /** Chooses the access or the key of a place, if there is such a one. */
  readonly open: (place: Place) => void;
}

/** The access log and the key table, side by side with the key that is chosen. */
export function explorer(run: Run): Explorer {
  const panel = new KeyPanel(run, (key) => {
    form.reset();
    (form.elements.namedItem('key') as HTMLInputElement).value = `#${key.index}`;
    apply();
    document.querySelector<HTMLElement>('#tab-accesses')?.click();
    accesses.root.focus();
  });
  const chooseKey = (key: Key): void => {
    panel.show(key);
    keys.mark((other) => other === key);
    accesses.mark((access) => access.key === key.index);
    keepPlace({ key: key.index, access: null });
  };
  const chooseAccess = (access: Access): void => {
    const key = run.keys[access.key]!;
    panel.show(key);
    keys.mark((other) => other === key);
    keepPlace({ access: access.time, key: null });
  };
  const accesses = new Grid<Access>('accesses', 'Access log', accessColumns(run), chooseAccess);
  const keys = new Grid<Key>('keys', 'Key table', keyColumns(), chooseKey);
  const accessCount = element('p', { class: 'count', role: 'status' });
  const keyCount = element('p', { class: 'count', role: 'status' });

  const form = filterForm(run);
  const apply = (): void => {
    const filter = readFilter(form);
    const kept = run.keys.map((key) => holdsKey(filter, key));
    const changed = (access: Access): boolean => access.isWrite && access.value !== access.previous;
    const log = run.log.filter(
      (access) =>
        kept[access.key] &&
        (filter.op === '' || (filter.op === 'write') === access.isWrite) &&
        (!filter.changedOnly || changed(access)),
    );
    const table = run.keys.filter((key) => kept[key.index] && (!filter.changedOnly || isChanged(key)));
    accesses.setRows(log);
    keys.setRows(table);
    accessCount.textContent = `${grouped(log.length)} of ${grouped(run.log.length)} accesses`;
    keyCount.textContent = `${grouped(table.length)} of ${grouped(run.keys.length)} keys`;
  };
  const showNumbers = (): void => {
    const full = (form.elements.namedItem('full') as HTMLInputElement).checked;
    showInFull(full);
    for (const grid of [accesses, keys]) grid.root.classList.toggle('full', full);
    panel.draw();
  };
  const change = (): void => {
    showNumbers();
    apply();
  };
  form.addEventListener('input', change);
  form.addEventListener('reset', () => setTimeout(change));
  form.addEventListener('submit', (event) => event.preventDefault());
  apply();
  const expand = (all: boolean): void => [accesses, keys].forEach((grid) => grid.expand(all));
  window.addEventListener('beforeprint', () => expand(true));
  window.addEventListener('afterprint', () => expand(false));
  // The browser's own search finds only what is in the document.
  window.addEventListener('keydown', (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'f') expand(true);
  });
  return {
    open: ({ access, key }) => {
      const wanted = access === null ? undefined : run.log[access - 1];
      if (wanted !== undefined) accesses.choose((row) => row === wanted);
      else if (key !== null && run.keys[key] !== undefined) keys.choose((row) => row.index === key);
    },
    accesses: element('div', {}, accessCount, accesses.root),
    keys: element('div', {}, keyCount, keys.root),
    around: (tabs) => element('div', { class: 'explorer' }, element('div', { class: 'lists' }, form, tabs), panel.root),
  };
}

function filterForm(run: Run): HTMLFormElement {
  const kinds = [...new Set(run.keys.map(({ kind }) => kind))].sort();
  const choice = (
    name: string,
    label: string,
    options: readonly (readonly [value: string, text: string])[],
  ): HTMLElement =>
    element(
      'label',
      {},
      label,
      element('select', { name }, ...options.map(([value, text]) => element('option', { value }, text))),
    );
  const text = (name: string, label: string, placeholder: string): HTMLElement =>
    element(
      'label',
      {},
      label,
      element('input', { name, type: 'search', placeholder, autocomplete: 'off', spellcheck: 'false' }),
    );
  return element(
    'form',
    { class: 'filters', role: 'search', 'aria-label': 'Filters' },
    choice('op', 'Accesses', [
      ['', 'all'],
      ['read', 'reads'],
      ['write', 'writes'],
    ]),
    choice('kind', 'Kind', [['', 'all'], ...kinds.map((kind): [string, string] => [kind, kind])]),
    text('address', 'Address', '0x7d0a…'),
    text('key', 'Key or slot', '#7 or 0x2'),
    element('label', { class: 'check' }, element('input', { name: 'changed', type: 'checkbox' }), 'Changed only'),
    element('label', { class: 'check' }, element('input', { name: 'full', type: 'checkbox' }), 'Numbers in full'),
    element('button', { type: 'reset' }, 'Clear'),
  );
}

function readFilter(form: HTMLFormElement): Filter {
  const data = new FormData(form);
  const text = (name: string): string =>
    String(data.get(name) ?? '')
      .trim()
      .toLowerCase();
  return {
    op: text('op'),
    kind: text('kind'),
    address: text('address'),
    key: text('key'),
    changedOnly: data.has('changed'),
  };
}

function holdsKey({ kind, address, key: wanted }: Filter, key: Key): boolean {
  if (kind !== '' && key.kind !== kind) return false;
  if (!key.address.includes(address)) return false;
  if (wanted === '') return true;
  if (wanted.startsWith('#')) return String(key.index) === wanted.slice(1);
  return wanted.startsWith('0x') ? `0x${key.slot}`.startsWith(wanted) : slotDecimal(key.slot).startsWith(wanted);
}

const slotDecimal = (digits: string): string => BigInt(`0x${digits}`).toString();

const code = (text: string): HTMLElement => element('code', {}, text);
const known = (digits: string | null): string => (digits === null ? 'not known' : valueText(digits, 6, 4));
const slotText = ({ kind, slot }: Key): string => (kind === 'storage' ? valueText(slot) : '');

function accessColumns(run: Run) {
  const keyOf = ({ key }: Access): Key => run.keys[key]!;
  return [
    { heading: '#', className: 'number', cell: ({ time }: Access) => grouped(time) },
    { heading: 'op', className: 'op', cell: (access: Access) => deed(deedOfAccess(access)) },
    { heading: 'kind', className: 'kind', cell: (access: Access) => keyOf(access).kind },
    { heading: 'address', className: 'address', cell: (access: Access) => code(short(keyOf(access).address, 8, 4)) },
    { heading: 'slot', className: 'slot', cell: (access: Access) => code(slotText(keyOf(access))) },
    {
      heading: 'value',
      className: 'value',
      cell: ({ isWrite, value, previous }: Access) => {
        if (!isWrite || value === previous) return code(valueText(value));
        return element(
          'span',
          { class: 'change' },
          element('code', { class: 'old' }, known(previous)),
          ' → ',
          element('code', { class: 'new' }, valueText(value, 6, 4)),
        );
      },
    },
  ] as const;
}

function keyColumns() {
  return [
    { heading: '#', className: 'number', cell: ({ index }: Key) => grouped(index) },
    { heading: 'effect', className: 'op', cell: (key: Key) => deed(deedOfKey(key)) },
    { heading: 'kind', className: 'kind', cell: ({ kind }: Key) => kind },
    { heading: 'address', className: 'address', cell: ({ address }: Key) => code(short(address, 8, 4)) },
    { heading: 'slot', className: 'slot', cell: (key: Key) => code(slotText(key)) },
    {
      heading: 'before → after',
      className: 'value',
      cell: (key: Key) => {
        if (!isChanged(key)) return code(valueText(key.after));
        return element(
          'span',
          { class: 'change' },
          element('code', { class: 'old' }, known(key.before)),
          ' → ',
          element('code', { class: 'new' }, valueText(key.after, 6, 4)),
        );
      },
    },
  ] as const;
}

/** Each has a colour and a sign of its own. */
const deed = (what: Deed | null): HTMLElement => element('span', { class: `deed ${what ?? 'unknown'}` }, what ?? '–');
