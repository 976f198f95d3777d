import type { Digest, Node } from '../tree/node.js';
import { levelsOf } from '../tree/scheme.js';
import { keys, partKey, partsOf, placeOf } from './codec.js';
import { ContentWriter } from './content.js';
import type { Content } from './content.js';
import { BodyReader, count, word } from './record.js';
import { put } from './seal.js';
import type { Records } from './records.js';
import { encodeRoot } from './root-record.js';
import type { Head, RootRecord } from './root-record.js';
import type { Roots } from './roots.js';

/** A subtree, `level` levels below the root; `path` has the digits above it, and else zeros. */
export interface Subtree {
  readonly level: number;
  readonly path: bigint;
  readonly digest: Digest;
  readonly entries: number;
}

/** The subtrees of a state that are there so far, and the head by which it is known that they are. */
export interface PartsFound {
  readonly head: Head;
  readonly parts: readonly Subtree[];
}

/**
 * A state that is brought in subtree by subtree, in any order, by as many processes and with as many
 * interruptions as there are; nobody sees it before it is whole. A prune forgets what is there of it.
 */
export class Parts {
  constructor(
    private readonly records: Records,
    private readonly roots: Roots,
    private readonly root: Digest,
  ) {}

  async find(): Promise<PartsFound> {
    const head = await this.records.head();
    const parts: Subtree[] = [];
    for await (const [key, body] of this.records.iterate(partsOf(this.root))) {
      const fields = new BodyReader(key, body, 'a part of a state');
      const part = { ...placeOf(key), digest: fields.word(), entries: fields.count() };
      fields.end();
      if (part.level > levelsOf(this.records.scheme)) fields.fail();
      parts.push(part);
    }
    return { head, parts };
  }

  /** Writes a subtree's nodes, all of them or none. */
  async add({ level, path, digest, entries }: Subtree, content: Content): Promise<void> {
    const part = put(partKey(this.root, level, path), Buffer.concat([word(digest), count(entries)]));
    const writer = new ContentWriter(this.records, content);
    for (;;) {
      const head = await this.records.head();
      const { nodes, changes } = await writer.after(head);
      if ((await this.records.write(head, { nodes }, [...changes, part])) !== null) return;
    }
  }

  /**
   * Makes the state current, all of which is under `found` and `top`, the nodes above.
   * @returns null if something was written since `found` was; look again
   */
  async commit(
    { head, parts }: PartsFound,
    top: ReadonlyMap<Digest, Node>,
    entries: number,
  ): Promise<RootRecord | null> {
    const number = head.number + 1;
    const parent = (await this.roots.at(head)).root;
    const record: RootRecord = { number, root: this.root, parent, entries, origin: 'import', pruned: false };
    const content = { nodes: top, keyPreimages: new Map(), valuePreimages: new Map() };
    const { nodes, changes } = await new ContentWriter(this.records, content).after(head);
    const done = parts.map(({ level, path }) => ({ key: partKey(this.root, level, path), value: null }));
    const written = [...changes, ...done, put(keys.root(number), encodeRoot(record))];
    return (await this.records.write(head, { number, nodes }, written)) === null ? null : record;
  }
}
