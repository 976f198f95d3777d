import { element } from './dom.js';

export interface Column<Row> {
  readonly heading: string;
  readonly className: string;
  readonly cell: (row: Row) => Node | string;
}

/** Rows above and below those that are seen. */
const SPARE_ROWS = 8;

/**
 * A long table of which only the rows in sight are in the document. It is one stop of the tab key; the arrow
 * keys, page up and down, home and end choose a row.
 */
export class Grid<Row> {
  readonly root: HTMLElement;
  private readonly body = element('div', { role: 'rowgroup', class: 'rows' });
  private readonly shown = new Map<number, HTMLElement>();
  private rows: readonly Row[] = [];
  private active = -1;
  private frame = 0;
  private isInSight = false;
  /** All rows are in the document: for print, and for the browser's search. */
  private isExpanded = false;

  constructor(
    private readonly id: string,
    label: string,
    private readonly columns: readonly Column<Row>[],
    private readonly onChoose: (row: Row) => void,
  ) {
    const headings = columns.map(({ heading, className }) =>
      element('span', { role: 'columnheader', class: className }, heading),
    );
    const head = element(
      'div',
      { role: 'rowgroup', class: 'head' },
      element('div', { role: 'row', 'aria-rowindex': '1' }, ...headings),
    );
    this.root = element(
      'div',
      { role: 'grid', class: `grid ${id}`, tabindex: '0', 'aria-label': label, id },
      head,
      this.body,
    );
    this.root.addEventListener('scroll', () => this.later(), { passive: true });
    this.root.addEventListener('keydown', (event) => this.onKey(event));
    this.body.addEventListener('click', (event) => {
      const row = (event.target as Element).closest<HTMLElement>('[data-row]');
      if (row !== null) this.go(Number(row.dataset['row']));
    });
    new ResizeObserver(() => this.later()).observe(this.root);
  }

  /** Shows other rows; the chosen one stays chosen if it is among them. */
  setRows(rows: readonly Row[]): void {
    const chosen = this.rows[this.active];
    this.rows = rows;
    this.active = chosen === undefined ? -1 : rows.indexOf(chosen);
    this.root.setAttribute('aria-rowcount', String(rows.length + 1));
    this.clear();
    this.root.scrollTop = 0;
    if (this.active !== -1) this.reveal();
    this.draw();
  }

  /** Puts all rows into the document, or only those in sight again. */
  expand(all: boolean): void {
    this.isExpanded = all;
    this.root.classList.toggle('expanded', all);
    this.clear();
    this.draw();
  }

  /** Chooses the first row that is so, as a click does; none if there is none. */
  choose(is: (row: Row) => boolean): void {
    const index = this.rows.findIndex(is);
    if (index !== -1 && index !== this.active) this.go(index);
  }

  /** Marks the first row that is so, without choosing it; none if there is none. */
  mark(is: (row: Row) => boolean): void {
    if (this.active !== -1 && is(this.rows[this.active]!)) return;
    this.active = this.rows.findIndex(is);
    if (this.active !== -1) this.reveal();
    this.clear();
    this.draw();
  }

  private get rowHeight(): number {
    return Number.parseFloat(getComputedStyle(this.root).getPropertyValue('--row-height'));
  }

  private later(): void {
    if (this.frame === 0) {
      this.frame = requestAnimationFrame(() => {
        this.frame = 0;
        this.draw();
      });
    }
  }

  private clear(): void {
    for (const element of this.shown.values()) element.remove();
    this.shown.clear();
  }

  private draw(): void {
    const height = this.rowHeight;
    this.body.style.height = `${this.rows.length * height}px`;
    const wasInSight = this.isInSight;
    this.isInSight = this.root.clientHeight > 0;
    if (!this.isInSight && !this.isExpanded) return;
    if (!wasInSight && this.active !== -1) this.reveal();
    const [from, to] = this.isExpanded ? [0, this.rows.length] : this.rowsInSight(height);
    for (const [index, row] of this.shown) {
      if (index >= from && index < to) continue;
      row.remove();
      this.shown.delete(index);
    }
    for (let index = from; index < to; index++) {
      const row = this.shown.get(index) ?? this.make(index);
      row.style.transform = `translateY(${index * height}px)`;
    }
    if (this.shown.has(this.active)) this.root.setAttribute('aria-activedescendant', `${this.id}-${this.active}`);
    else this.root.removeAttribute('aria-activedescendant');
  }

  private rowsInSight(height: number): [from: number, to: number] {
    const { scrollTop, clientHeight } = this.root;
    const from = Math.max(0, Math.floor(scrollTop / height) - SPARE_ROWS);
    return [from, Math.min(this.rows.length, Math.ceil((scrollTop + clientHeight) / height) + SPARE_ROWS)];
  }

  private make(index: number): HTMLElement {
    const cells = this.columns.map(({ className, cell }) =>
      element('span', { role: 'gridcell', class: className }, cell(this.rows[index]!)),
    );
    const row = element(
      'div',
      {
        role: 'row',
        id: `${this.id}-${index}`,
        'data-row': String(index),
        'aria-rowindex': String(index + 2),
        'aria-selected': String(index === this.active),
      },
      ...cells,
    );
    this.shown.set(index, row);
    this.body.append(row);
    return row;
  }

  private onKey(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(this.root.clientHeight / this.rowHeight) - 2);
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: this.active + 1,
      ArrowUp: this.active - 1,
      PageDown: this.active + page,
      PageUp: this.active - page,
      Home: 0,
      End: this.rows.length - 1,
    };
    const target = steps[event.key];
    if (target === undefined || event.ctrlKey || event.altKey || event.metaKey || this.rows.length === 0) return;
    event.preventDefault();
    this.go(Math.min(this.rows.length - 1, Math.max(0, target)));
  }

  private go(index: number): void {
    this.shown.get(this.active)?.setAttribute('aria-selected', 'false');
    this.active = index;
    this.shown.get(index)?.setAttribute('aria-selected', 'true');
    this.reveal();
    this.draw();
    this.onChoose(this.rows[index]!);
  }

  private reveal(): void {
    const height = this.rowHeight;
    const top = this.active * this.rowHeight;
    const head = this.body.offsetTop;
    if (top < this.root.scrollTop) this.root.scrollTop = top;
    else if (top + height + head > this.root.scrollTop + this.root.clientHeight)
      this.root.scrollTop = top + height + head - this.root.clientHeight;
  }
}
