/**
 * What the page shows: a view, and one access or key. It stands in the address, after the #, so that it can be sent to
 * others.
 */
export interface Place {
  readonly view: string | null;
  /** Counted from 1, as shown. */
  readonly access: number | null;
  readonly key: number | null;
}

export function readPlace(): Place {
  const parts = new URLSearchParams(location.hash.slice(1));
  const number = (name: string): number | null =>
    /^\d{1,9}$/.test(parts.get(name) ?? '') ? Number(parts.get(name)) : null;
  return { view: parts.get('view'), access: number('access'), key: number('key') };
}

/** Changes the address without a step in the browser's history. */
export function keepPlace(change: Partial<Place>): void {
  const place = { ...readPlace(), ...change };
  const parts = Object.entries(place).flatMap(([name, value]) => (value === null ? [] : [`${name}=${value}`]));
  history.replaceState(null, '', `#${parts.join('&')}`);
}
