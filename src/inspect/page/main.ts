import type { CircuitPage, PageCost, RunPage } from './data.js';
import { abbreviated, copyable, counted, element, facts, grouped, onWidth } from './dom.js';
import { explorer } from './explorer.js';
import { keepPlace, readPlace } from './link.js';
import { isChanged, pageData, Run } from './model.js';
import { proofViews } from './proofs.js';
import { rulesView } from './rules.js';
import { tabs } from './tabs.js';
import { costName, drawTreemap, totalCost } from './treemap.js';

const MARKS = { valid: '✓', notValid: '✗', unchecked: '–' } as const;
const NAMES = { trace: 'Trace', proof: 'Proof', batch: 'Batch' } as const;

/** How many proofs, or for a trace whether there is a circuit that holds it, and which. */
function proofsOf({ kind, parts }: RunPage): readonly [string, string, string] {
  const circuits = [...new Set(parts.flatMap(({ circuit }) => (circuit === null ? [] : [circuit.name])))];
  if (kind === 'trace')
    return circuits.length === 0
      ? ['0', 'circuits', 'does not fit any in one proof']
      : ['1', 'circuit', circuits.join(', ')];
  return [grouped(parts.length), parts.length === 1 ? 'proof' : 'proofs', circuits.join(', ')];
}

function showRun(page: RunPage): void {
  const run = new Run(page);
  const writes = run.log.filter(({ isWrite }) => isWrite).length;
  const changed = run.keys.filter(isChanged).length;
  const { outcome, headline, conditions } = page.verdict;
  const numbers = [
    ...(page.rules === null ? [] : [[grouped(page.rules.records.length), 'instructions', page.rules.summary] as const]),
    [grouped(run.log.length), 'accesses', `${grouped(run.log.length - writes)} read, ${grouped(writes)} write`],
    [grouped(run.keys.length), 'distinct keys', `${grouped(changed)} changed`],
    proofsOf(page),
  ];
  document
    .querySelector('header')!
    .append(
      element('p', { class: 'kind' }, NAMES[page.kind]),
      element('h1', {}, page.file),
      element(
        'p',
        { class: `verdict ${outcome}` },
        element('span', { class: 'mark', 'aria-hidden': 'true' }, MARKS[outcome]),
        element('span', {}, headline),
      ),
      ...(conditions.length === 0
        ? []
        : [
            element(
              'ul',
              { class: 'conditions', 'aria-label': 'Conditions' },
              ...conditions.map((text) => element('li', {}, text)),
            ),
          ]),
      element(
        'dl',
        { class: 'roots' },
        element(
          'div',
          {},
          element('dt', {}, 'old root'),
          element('dd', {}, copyable(page.oldRoot, abbreviated(page.oldRoot, 12, 8), 'the old root')),
        ),
        element(
          'div',
          {},
          element('dt', {}, 'new root'),
          element('dd', {}, copyable(page.newRoot, abbreviated(page.newRoot, 12, 8), 'the new root')),
        ),
      ),
      element(
        'ul',
        { class: 'numbers' },
        ...numbers.map(([number, what, more]) =>
          element('li', {}, element('strong', {}, number), ` ${what}`, element('span', {}, more)),
        ),
      ),
    );
  const { accesses, keys, around, open } = explorer(run);
  const { capacity, publics } = proofViews(page);
  const lists = around(element('div', { class: 'places' }));
  const places = lists.querySelector('.places')!;
  const wide = element('div', { class: 'sheets' });
  const { rules } = page;
  const views = tabs(
    [
      ...(rules === null ? [] : [{ id: 'records', name: 'Instructions', content: rulesView(rules), place: wide }]),
      { id: 'accesses', name: 'Accesses', content: accesses, place: places },
      { id: 'keys', name: 'Keys', content: keys, place: places },
      { id: 'capacity', name: 'Capacity', content: capacity, place: wide },
      { id: 'publics', name: 'Public inputs', content: publics, place: wide },
    ],
    (id) => {
      lists.hidden = id !== 'accesses' && id !== 'keys';
      wide.hidden = !lists.hidden;
      keepPlace({ view: id });
    },
    readPlace().view,
  );
  document.querySelector('main')!.append(views.bar, lists, wide);
  const follow = (): void => {
    const place = readPlace();
    if (place.view !== null) views.choose(place.view);
    open(place);
  };
  follow();
  window.addEventListener('hashchange', follow);
}

function showCircuit(page: CircuitPage): void {
  const total = totalCost(page.cost);
  document
    .querySelector('header')!
    .append(
      element('p', { class: 'kind' }, 'Circuit'),
      element('h1', {}, page.name),
      element('p', { class: 'sub' }, counted(total, 'constraint'), ' by template; they add up to the whole R1CS.'),
    );
  const figure = element('figure', { class: 'map' });
  onWidth(figure, (width) => figure.replaceChildren(drawTreemap(page.cost, width)));
  const head = ['template', 'components', 'own', 'total', 'share'].map((text) => element('th', { scope: 'col' }, text));
  const table = element(
    'table',
    { class: 'costs' },
    element('thead', {}, element('tr', {}, ...head)),
    element('tbody', {}, ...costRows(page.cost, total, 0)),
  );
  document
    .querySelector('main')!
    .append(
      figure,
      element(
        'section',
        { class: 'sheet' },
        element(
          'div',
          { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Constraints by template' },
          table,
        ),
        element('h2', {}, 'Capacity'),
        facts([
          ...page.holds.map(([label, number]): [string, string] => [label, grouped(number)]),
          ['digest', copyable(page.digest, abbreviated(page.digest, 12, 8), 'the digest')],
        ]),
      ),
    );
}

function costRows(cost: PageCost, total: number, depth: number): HTMLElement[] {
  const sum = totalCost(cost);
  const name = element('th', { scope: 'row' }, costName(cost));
  name.style.paddingLeft = `${0.5 + 1.1 * depth}rem`;
  const numbers = [grouped(cost.components), grouped(cost.own), grouped(sum), `${((100 * sum) / total).toFixed(1)} %`];
  const row = element('tr', {}, name, ...numbers.map((number) => element('td', { class: 'number' }, number)));
  return [row, ...cost.inside.flatMap((inside) => costRows(inside, total, depth + 1))];
}

const page = pageData();
document
  .querySelector('footer')!
  .append(`Rootshift ${page.version}. This page is self-contained: it loads nothing and sends nothing.`);
if (page.kind === 'circuit') showCircuit(page);
else showRun(page);
