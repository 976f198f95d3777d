// @ts-check
// A plugin for typedoc: a document has its first heading as title, and not the path of its file; its code without a
// language, such as a diagram, is not coloured as TypeScript; what a module exports is grouped under the headings in
// its source; a parameter that is taken apart is called `options`.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Comment, CommentTag, Converter, ReflectionKind } from 'typedoc';

const HEADING = /^# (.+)\n+/;

/** @param {import('typedoc').Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, document) => {
    const [first] = document.content;
    const heading = HEADING.exec(first?.text ?? '');
    if (first === undefined || heading === null) throw new Error(`expected ${document.name} to begin with a heading`);
    document.name = heading[1] ?? '';
    first.text = first.text.slice(heading[0].length);
    for (const part of document.content) if (part.kind === 'code') part.text = part.text.replace(/^```\n/, '```text\n');
  });

  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    const entries = app.options.getValue('entryPoints');
    for (const module of project.getReflectionsByKind(ReflectionKind.Module)) {
      const source = entries.find(
        (entry) => entry.endsWith(`${module.name}.ts`) || entry.endsWith(`${module.name}/index.ts`),
      );
      if (source === undefined || !module.isDeclaration())
        throw new Error(`expected an entry for module ${module.name}`);
      const headings = headingsOf(readFileSync(path.resolve(source), 'utf8'));
      for (const child of module.children ?? []) {
        const heading = headings.get(child.name);
        if (heading === undefined) continue;
        for (const reflection of child.signatures ?? [child]) {
          reflection.comment ??= new Comment();
          reflection.comment.blockTags.push(new CommentTag('@category', [{ kind: 'text', text: heading }]));
        }
      }
    }
  });

  // After the comments of parameters have found theirs.
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    for (const parameter of project.getReflectionsByKind(ReflectionKind.Parameter)) {
      if (parameter.name === '__namedParameters') parameter.name = 'options';
    }
  });
}

/**
 * What stands under each heading, `// Numbers`, of an entry's source.
 * @param {string} source
 */
function headingsOf(source) {
  /** @type {Map<string, string>} */
  const headings = new Map();
  const [, ...parts] = source.split(/^\/\/ /m);
  for (const part of parts) {
    const end = part.indexOf('\n');
    for (const [, names] of part.slice(end).matchAll(/^export (?:type )?\{([^}]*)\}/gm))
      for (const name of (names ?? '').split(','))
        headings.set(name.replace(/\btype\b/, '').trim(), part.slice(0, end));
  }
  return headings;
}
