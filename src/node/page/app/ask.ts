/** What a node answered, or that it did not. */
export type Answered<Data> =
  | { readonly kind: 'data'; readonly data: Data; readonly text: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'failed'; readonly message: string };

/** Asks the node for something under `/data/`. */
export async function ask<Data>(path: string): Promise<Answered<Data>> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(`data/${path}`);
    text = await response.text();
  } catch {
    return { kind: 'failed', message: 'The node does not answer. This page tries again by itself.' };
  }
  if (response.status === 404) return { kind: 'missing' };
  if (!response.ok) return { kind: 'failed', message: text };
  return { kind: 'data', data: JSON.parse(text) as Data, text };
}

/** Calls back whenever the node has news, and when it comes and goes. */
export function onNews(listener: () => void, onLine: (isThere: boolean) => void): void {
  const source = new EventSource('events');
  source.addEventListener('message', listener);
  source.addEventListener('open', () => {
    onLine(true);
    listener();
  });
  source.addEventListener('error', () => onLine(false));
}
