import type { PagePart, PageUse, RunPage } from './data.js';
import { abbreviated, copyable, counted, element, facts, grouped } from './dom.js';

/** The proofs, made or planned: how full their circuits are, and what they say in public. */
export function proofViews({ parts, kind, unknown }: RunPage): {
  readonly capacity: HTMLElement;
  readonly publics: HTMLElement;
} {
  const capacity = perPart(parts, 'capacity', (part) => capacityOf(part, kind));
  const publics = perPart(parts, 'publics', publicsOf);
  if (unknown.length > 0) capacity.append(element('p', { class: 'hint' }, unknown.join(' ')));
  return { capacity, publics };
}

/** A view of one part, with a choice among them if there are several. */
function perPart(
  parts: readonly PagePart[],
  id: string,
  view: (part: PagePart) => readonly HTMLElement[],
): HTMLElement {
  const shown = element('div', {});
  const show = (index: number): void => shown.replaceChildren(...view(parts[index]!));
  show(0);
  if (parts.length === 1) return element('div', { class: 'sheet' }, shown);
  const select = element(
    'select',
    { id: `${id}-part` },
    ...parts.map((part, i) => element('option', { value: String(i) }, partName(part, i))),
  );
  select.addEventListener('input', () => show(Number(select.value)));
  return element(
    'div',
    { class: 'sheet' },
    element('label', { class: 'choice' }, `Proof, one of ${parts.length}`, select),
    shown,
  );
}

const partName = ({ first, accesses, circuit }: PagePart, index: number): string =>
  `${index + 1}: accesses ${grouped(first + 1)} to ${grouped(first + accesses)}${circuit === null ? '' : `, ${circuit.name}`}`;

function capacityOf({ circuit, use, accesses }: PagePart, kind: RunPage['kind']): HTMLElement[] {
  if (circuit === null) {
    return [
      element('h2', {}, 'No circuit'),
      element(
        'p',
        {},
        `These ${counted(accesses, 'access', 'accesses')} do not fit any circuit in one proof. A batch is then proven in several.`,
      ),
    ];
  }
  const heading = element('h2', {}, `Circuit ${circuit.name}`);
  const constraints =
    circuit.constraints === null ? [] : [element('p', { class: 'sub' }, counted(circuit.constraints, 'constraint'))];
  if (use === null)
    return [
      heading,
      ...constraints,
      element('p', {}, `${counted(accesses, 'access', 'accesses')}. The rows that they take are not known here.`),
    ];
  const wording = kind === 'proof' ? 'used' : 'taken';
  const rows = use.map(bar);
  const head = ['what', wording, 'room', ''].map((text) =>
    element(
      'th',
      { scope: 'col', class: text === wording || text === 'room' ? 'number' : '' },
      text === '' ? element('span', { class: 'offscreen' }, 'share') : text,
    ),
  );
  return [
    heading,
    ...constraints,
    element(
      'table',
      { class: 'bars' },
      element('thead', {}, element('tr', {}, ...head)),
      element('tbody', {}, ...rows),
    ),
  ];
}

function bar({ what, used, room }: PageUse): HTMLElement {
  const percent = Math.round((100 * used) / room);
  const fill = element('span', { class: used > room ? 'fill over' : 'fill' });
  fill.style.width = `${Math.min(100, percent)}%`;
  return element(
    'tr',
    {},
    element('th', { scope: 'row' }, what),
    element('td', { class: 'number' }, grouped(used)),
    element('td', { class: 'number' }, grouped(room)),
    element(
      'td',
      { class: 'share' },
      element(
        'div',
        {},
        element('span', { class: 'track', 'aria-hidden': 'true' }, fill),
        element('span', { class: 'percent' }, `${percent} %`),
      ),
    ),
  );
}

const publicsOf = ({ publics, provenance }: PagePart): HTMLElement[] => [
  element('h2', {}, 'Public inputs'),
  signalFacts(publics),
  element('h2', {}, 'Where the proof comes from'),
  provenance.length === 0
    ? element('p', {}, 'There is no proof here, so there are no keys.')
    : provenanceFacts(provenance),
];

/** Public signals, each with what it says. */
export const signalFacts = (publics: PagePart['publics']): HTMLElement =>
  facts(
    publics.map(([name, value, meaning]): [string, HTMLElement] => [
      name,
      element(
        'span',
        {},
        copyable(value, abbreviated(value, 12, 8), name),
        element('span', { class: 'meaning' }, meaning),
      ),
    ]),
  );

/** Where a proof comes from. */
export const provenanceFacts = (provenance: PagePart['provenance']): HTMLElement =>
  facts(
    provenance.map(([label, text]): [string, HTMLElement | string] => [
      label,
      /^[0-9a-f]{64,}$/.test(text) ? copyable(text, abbreviated(text, 12, 8), label) : text,
    ]),
  );
