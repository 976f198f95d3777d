import { abbreviated, copyable, counted, element, facts, grouped, onWidth, valueAbbreviated } from './dom.js';
import { isChanged, keyName } from './model.js';
import type { Key, Run } from './model.js';
import { drawPath, hashTable } from './tree.js';

const EFFECTS: Readonly<Record<string, string>> = {
  read: 'Only read: the value is proven under the old root and does not change.',
  update: 'Updated: the leaf stays in place and gets another value.',
  createAtEmpty: 'Created where the tree was empty.',
  createBesideLeaf: 'Created where the leaf of another key was: both move down to where their keys differ.',
  delete: 'Deleted: its place becomes empty; its siblings stay.',
  deleteAndLift: 'Deleted: the only remaining sibling leaf moves up.',
  nothing: 'Absent before and after.',
  '': 'What happened to its leaf is not known here.',
};

/** Shows one key: what it held, and its path. */
export class KeyPanel {
  readonly root = element('section', { class: 'panel', 'aria-labelledby': 'key-title' });
  private shown: Key | null = null;

  constructor(
    private readonly run: Run,
    private readonly showAccesses: (key: Key) => void,
  ) {
    this.draw();
    onWidth(this.root, () => this.draw());
  }

  show(key: Key): void {
    if (this.shown === key) return;
    this.shown = key;
    this.draw();
  }

  /** Draws everything anew, as after a change of how numbers are shown. */
  draw(): void {
    const key = this.shown;
    if (key === null) {
      const hint = element(
        'p',
        { class: 'hint' },
        'Choose a row with a click or the arrow keys to see its key and its path through the tree.',
      );
      this.root.replaceChildren(element('h2', { id: 'key-title' }, 'Key'), hint);
      return;
    }
    const accesses = element('button', { type: 'button', class: 'link' }, counted(key.accesses, 'access', 'accesses'));
    accesses.addEventListener('click', () => this.showAccesses(key));
    const path = this.run.path(key);
    this.root.replaceChildren(
      element('h2', { id: 'key-title' }, `Key ${grouped(key.index)}`),
      element('p', { class: 'key-name' }, keyName({ ...key, slot: key.slot })),
      facts([
        ['before', value(key.before, 'the value before')],
        ['after', isChanged(key) ? value(key.after, 'the value after') : 'the same'],
        ['accesses', accesses],
        ['tree key', copyable(`0x${key.treeKey}`, abbreviated(`0x${key.treeKey}`, 12, 8), 'the tree key')],
        ...this.step(key),
      ]),
      element('p', { class: 'effect' }, EFFECTS[key.effect]!),
      ...(path === null
        ? [element('p', { class: 'hint' }, 'Its path is not known here.')]
        : [this.figure(path), hashTable(path)]),
    );
  }

  private step(key: Key): [string, string][] {
    const step = this.run.step(key);
    if (step === null) return [];
    return [['step', `${grouped(step.number)} of ${grouped(step.of)}: the root is drawn before and after this key`]];
  }

  private figure(path: Parameters<typeof drawPath>[0]): HTMLElement {
    const style = getComputedStyle(this.root);
    const inside = this.root.clientWidth - Number.parseFloat(style.paddingLeft) - Number.parseFloat(style.paddingRight);
    return element('div', { class: 'figure' }, drawPath(path, inside));
  }
}

function value(digits: string | null, what: string): HTMLElement | string {
  if (digits === null) return 'not known';
  return digits === '0' ? 'absent (0)' : copyable(`0x${digits}`, valueAbbreviated(digits), what);
}
