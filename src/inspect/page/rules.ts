import type { PageRules, PageRulesPart } from './data.js';
import { abbreviated, copyable, counted, element, facts, grouped } from './dom.js';
import { provenanceFacts, signalFacts } from './proofs.js';

/** The instructions of a batch of rules, one a row, and the chain that proves them. */
export function rulesView({ name, summary, place, fields, records, accessesPerRecord, parts }: PageRules): HTMLElement {
  const head = ['#', ...fields, 'accesses'].map((text) => element('th', { scope: 'col' }, text));
  const rows = records.map((cells, i) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, grouped(i)),
      ...cells.map((text) => element('td', {}, cell(text))),
      element('td', {}, `${grouped(accessesPerRecord * i + 1)} to ${grouped(accessesPerRecord * (i + 1))}`),
    ),
  );
  return element(
    'div',
    { class: 'sheet' },
    element('h2', {}, `Instructions of ${name}`),
    element('p', {}, summary),
    facts(place.map(([label, text]): [string, HTMLElement | string] => [label, text])),
    element(
      'div',
      { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Records' },
      element(
        'table',
        { class: 'costs' },
        element('thead', {}, element('tr', {}, ...head)),
        element('tbody', {}, ...rows),
      ),
    ),
    ...parts.flatMap((part, i) => partOf(part, parts.length === 1 ? '' : ` ${i + 1}`)),
  );
}

const cell = (text: string): HTMLElement | string =>
  text.length > 18 && text.startsWith('0x') ? copyable(text, abbreviated(text, 10, 6), 'the number') : text;

function partOf(
  { first, records, circuit, constraints, room, publics, provenance }: PageRulesPart,
  number: string,
): HTMLElement[] {
  const size = constraints === null ? '' : `, ${counted(constraints, 'constraint')}`;
  const full = room === null ? counted(records, 'record') : `${grouped(records)} of ${counted(room, 'record')}`;
  return [
    element('h2', {}, `Rules proof${number}: circuit ${circuit}`),
    element('p', { class: 'sub' }, `${full}, from ${grouped(first)} on${size}`),
    ...(publics.length === 0 ? [element('p', {}, 'There is no proof here.')] : [signalFacts(publics)]),
    ...(provenance.length === 0 ? [] : [provenanceFacts(provenance)]),
  ];
}
