// @ts-check
// What npm runs after `npm ci`, before it packs, and before the first `npx rootshift` in a clone: builds what is not
// built yet. The last would else take ten seconds each time that npx installs the clone for itself.
import { ensureBuilt } from './ready.mjs';

ensureBuilt();
