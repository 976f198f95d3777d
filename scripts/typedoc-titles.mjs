// A plugin for typedoc: a document has its first heading as title, and not the path of its file.
import { Converter } from 'typedoc';

const HEADING = /^# (.+)\n+/;

export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, document) => {
    const [first] = document.content;
    const heading = HEADING.exec(first?.text ?? '');
    if (heading === null) throw new Error(`expected ${document.name} to begin with a heading`);
    document.name = heading[1];
    first.text = first.text.slice(heading[0].length);
  });
}
