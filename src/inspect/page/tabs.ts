import { element } from './dom.js';

export interface Tab {
  readonly id: string;
  readonly name: string;
  readonly content: HTMLElement;
  /** Where its content stands. */
  readonly place: Element;
}

export interface Tabs {
  readonly bar: HTMLElement;
  /** Of an id that is none of the tabs', nothing comes. */
  choose(id: string): void;
}

/**
 * A row of tabs: arrow keys, home and end choose one.
 * @param first the tab that is chosen in the beginning; the first one if there is none of that id
 */
export function tabs(list: readonly Tab[], onChoose: (id: string) => void, first: string | null): Tabs {
  const buttons = list.map(({ id, name }) =>
    element('button', { type: 'button', role: 'tab', id: `tab-${id}`, 'aria-controls': `panel-${id}` }, name),
  );
  const panels = list.map(({ id, name, content, place }) => {
    const panel = element(
      'div',
      { role: 'tabpanel', id: `panel-${id}`, 'aria-labelledby': `tab-${id}`, 'data-title': name },
      content,
    );
    place.append(panel);
    return panel;
  });
  const choose = (chosen: number): void => {
    buttons.forEach((button, i) => {
      button.setAttribute('aria-selected', String(i === chosen));
      button.tabIndex = i === chosen ? 0 : -1;
      panels[i]!.hidden = i !== chosen;
    });
    onChoose(list[chosen]!.id);
  };
  buttons.forEach((button, i) => {
    button.addEventListener('click', () => choose(i));
    button.addEventListener('keydown', ({ key }) => {
      const target = {
        ArrowRight: (i + 1) % list.length,
        ArrowLeft: (i + list.length - 1) % list.length,
        Home: 0,
        End: list.length - 1,
      }[key];
      if (target === undefined) return;
      choose(target);
      buttons[target]!.focus();
    });
  });
  const indexOf = (id: string | null): number => list.findIndex((tab) => tab.id === id);
  choose(Math.max(0, indexOf(first)));
  return {
    bar: element('div', { role: 'tablist', class: 'tabs', 'aria-label': 'Views' }, ...buttons),
    choose: (id) => {
      if (indexOf(id) !== -1) choose(indexOf(id));
    },
  };
}
