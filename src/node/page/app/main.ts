import { announce, element } from '../../../inspect/page/dom.js';
import { ask, onNews } from './ask.js';
import { linkTo } from './parts.js';
import type { View } from './parts.js';
import { placeOf } from './routes.js';
import type { Found } from './shapes.js';

const PARTS = [
  ['', 'Overview'],
  ['blocks', 'Blocks'],
  ['batches', 'Batches'],
  ['pool', 'Pool'],
] as const;

const { chainId, version } = JSON.parse(document.querySelector('#data')!.textContent!) as {
  readonly chainId: string;
  readonly version: string;
};
const links = PARTS.map(([part, name]) => linkTo(part, name));
const state = element('span', { class: 'live' }, 'connecting');
const heading = element('h1', { tabindex: '-1' });
const body = document.querySelector('main')!;

/** Number, hash or address: where it leads. Null if it is none, or of nothing here. */
async function placeOfWord(word: string): Promise<string | null> {
  if (/^\d{1,15}$/.test(word)) return `blocks/${word}`;
  if (/^0x[0-9a-f]{40}$/i.test(word)) return `accounts/${word.toLowerCase()}`;
  if (!/^0x[0-9a-f]{64}$/i.test(word)) return null;
  const found = await ask<Found>(`find/${word}`);
  if (found.kind !== 'data') return null;
  return found.data.kind === 'block' ? `blocks/${found.data.number}` : `transactions/${word.toLowerCase()}`;
}

function searchForm(): HTMLElement {
  const field = element('input', {
    type: 'search',
    id: 'search',
    'aria-label': 'Block number, hash or address',
    placeholder: 'Block, hash or address',
    autocomplete: 'off',
    spellcheck: 'false',
  });
  const answer = element('p', { class: 'none', role: 'status' });
  const form = element(
    'form',
    { class: 'filters', role: 'search' },
    field,
    element('button', { type: 'submit' }, 'Find'),
    answer,
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void placeOfWord(field.value.trim()).then((place) => {
      answer.textContent = place === null ? 'There is nothing of this name here.' : '';
      if (place !== null) location.hash = `#/${place}`;
    });
  });
  return form;
}

/** Puts a view in the place of the one before; what was being typed and what had the focus stay. */
function put({ title, content }: View): void {
  heading.textContent = title;
  document.title = `${title} - chain ${chainId} - Rootshift`;
  const active = document.activeElement;
  const nameOf = (node: Element): string | null => node.getAttribute('href') ?? node.id ?? null;
  const focused = active !== null && body.contains(active) ? nameOf(active) : null;
  const typed = new Map([...body.querySelectorAll('input')].map((input) => [input.id, input.value]));
  const scrolled = [...body.querySelectorAll('.scroll')].map(({ scrollLeft }) => scrollLeft);
  body.replaceChildren(...content);
  for (const input of body.querySelectorAll('input')) input.value = typed.get(input.id) ?? '';
  body.querySelectorAll('.scroll').forEach((region, i) => (region.scrollLeft = scrolled[i] ?? 0));
  if (focused === null || focused === '') return;
  [...body.querySelectorAll<HTMLElement>('a, input')].find((node) => nameOf(node) === focused)?.focus();
}

/** What is shown, as the node said it: the same again is no change. */
let shown = '';
let isLoading = false;
let isStale = false;

async function load(): Promise<void> {
  isStale = true;
  if (isLoading) return;
  isLoading = true;
  while (isStale) {
    isStale = false;
    const { hash } = location;
    const place = placeOf(hash);
    if (place === null) {
      put({ title: 'Not found', content: [element('p', { class: 'none' }, 'There is no such place on this page.')] });
      continue;
    }
    const answered = await ask<never>(place.asks);
    // Another place was chosen meanwhile.
    if (location.hash !== hash) continue;
    const now = `${hash} ${answered.kind === 'data' ? answered.text : answered.kind}`;
    if (now === shown) continue;
    shown = now;
    links.forEach((link, i) => link.toggleAttribute('aria-current', PARTS[i]![0] === place.part));
    if (answered.kind === 'data') put(place.show(answered.data));
    else {
      const sentence = answered.kind === 'missing' ? place.missing : answered.message;
      put({ title: 'Not found', content: [element('p', { class: 'none' }, sentence)] });
    }
  }
  isLoading = false;
}

document
  .querySelector('header')!
  .append(
    element(
      'div',
      { class: 'bar' },
      element('p', { class: 'kind' }, `Rootshift node, chain ${chainId} `, state),
      element('nav', { 'aria-label': 'Parts' }, ...links),
      searchForm(),
    ),
    heading,
  );
document.querySelector('footer')!.append(version);
window.addEventListener('hashchange', () => {
  void load().then(() => heading.focus());
  window.scrollTo(0, 0);
});
onNews(
  () => void load(),
  (isThere) => {
    const text = isThere ? 'live' : 'the node does not answer';
    if (state.textContent !== text) announce(text);
    state.textContent = text;
    state.classList.toggle('away', !isThere);
  },
);
void load();
