import { access, constants, readFile, stat } from 'node:fs/promises';
import path from 'node:path';

/** As whom a server's processes run. */
export interface ServerUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Users that a server may run as on root's machine, best first. */
const NAMES = ['postgres', 'nobody'];

/**
 * As whom a PostgreSQL server runs that this process starts: PostgreSQL refuses root. Null: as this process's user. A
 * server's files belong to whom they were made for.
 * @param data the server's directory, which need not exist
 */
export async function serverUser(data: string): Promise<ServerUser | null> {
  if (process.getuid?.() !== 0) return null;
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const known = users.map(([name, , uid, gid]) => ({ name: name!, uid: Number(uid), gid: Number(gid) }));
  const owner = await stat(data).catch(() => null);
  const owning = known.find(({ uid }) => uid !== 0 && uid === owner?.uid);
  return owning ?? NAMES.map((name) => known.find((user) => user.name === name)).find((user) => user) ?? null;
}

/** The first directory on the way to a file that a user may not enter; null if there is none. */
export async function barrierFor({ uid, gid }: ServerUser, file: string): Promise<string | null> {
  for (let at = path.dirname(path.resolve(file)); ; at = path.dirname(at)) {
    const { mode, uid: owner, gid: group } = await stat(at);
    const needed = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001;
    if ((mode & needed) === 0) return at;
    if (at === path.dirname(at)) return null;
  }
}

const SETPRIV = '/usr/bin/setpriv';

/**
 * A command that runs as a user who may all the same reach every file, as root's home is closed to others: by Linux's
 * capabilities, which a container's root has, too. Null where that is not to be had.
 */
export async function reachingAll({ uid, gid }: ServerUser): Promise<readonly string[] | null> {
  const isThere = await access(SETPRIV, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!isThere) return null;
  const capabilities = '+dac_override,+dac_read_search';
  return [
    SETPRIV,
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    `--inh-caps=${capabilities}`,
    `--ambient-caps=${capabilities}`,
  ];
}
