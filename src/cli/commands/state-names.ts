import { frToHex } from '../../base/field/fr.js';
import { withDatabase } from '../database.js';
import { parseRootOrName } from '../input.js';
import type { Outcome } from '../io.js';
import type { Places } from '../places.js';

export function nameCommand(places: Places, root: string, name: string): Promise<Outcome> {
  const rootIn = parseRootOrName('ROOT', root);
  return withDatabase(places, async (db) => {
    const named = await rootIn(db);
    await db.roots.name(named, name);
    return {
      text: `Root ${frToHex(named)} is now named ${name}; \`state prune\` keeps it.`,
      json: { root: frToHex(named), name },
    };
  });
}

export function unnameCommand(places: Places, name: string): Promise<Outcome> {
  return withDatabase(places, async (db) => {
    await db.roots.unname(name);
    return { text: `Removed the name ${name}; its root stays until the next \`state prune\`.`, json: { name } };
  });
}
