import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { contribute, exportVerificationKey, newZkey } from '../untyped/snarkjs.js';
import { SetupError } from './error.js';
import { BASE_FIELD_ORDER, neededPower } from './domain.js';
import { readR1cs } from './r1cs.js';
import { type SetupProgress, type SetupRecord } from './record.js';

const WARNING =
  'Key with a single local contribution: whoever made that one contribution may have kept the secret with which false statements can be proven.';
const CONTRIBUTION = 'rootshift single local contribution';

/** Lagrange forms of the powers, which snarkjs's `powersoftau prepare phase2` adds. */
const PREPARED_SECTIONS = [12, 13, 14, 15];

/**
 * Makes a key from a prepared powers-of-tau file, by snarkjs, and adds one contribution of fresh
 * randomness, without which the key's delta would be 1.
 *
 * @throws {SetupError} the circuit can't be read, or the file is no powers of tau over BN254, is too
 * small for the circuit, or is not prepared for phase 2
 */
export async function setupFromPtau(options: {
  readonly r1cs: string;
  readonly ptau: string;
  readonly zkey: string;
  readonly onProgress?: SetupProgress;
}): Promise<SetupRecord> {
  const progress = options.onProgress ?? ((): void => undefined);
  progress('circuit', 0, 1);
  const r1cs = await readR1cs(options.r1cs);
  await checkPtau(options.ptau, neededPower(r1cs));
  progress('circuit', 1, 1);

  const [initial, partial] = [`${options.zkey}.initial`, `${options.zkey}.partial`];
  try {
    progress('key', 0, 1);
    await newZkey(options.r1cs, options.ptau, initial);
    progress('key', 1, 1);
    progress('contribution', 0, 1);
    await contribute(initial, partial, CONTRIBUTION, randomBytes(64).toString('hex'));
    progress('contribution', 1, 1);
    await rename(partial, options.zkey);
  } finally {
    await rm(initial, { force: true });
    await rm(partial, { force: true });
  }
  return {
    format: 'rootshift-setup',
    version: 1,
    kind: 'ptau',
    insecure: true,
    warning: WARNING,
    r1csSha256: r1cs.sha256,
    ptauSha256: await sha256(options.ptau),
    constraints: r1cs.constraints,
    publicSignals: r1cs.publicSignals,
    verificationKey: await exportVerificationKey(options.zkey),
  };
}

async function checkPtau(path: string, power: number): Promise<void> {
  const file = await open(path).catch((cause: Error) => {
    throw new SetupError(`expected a powers-of-tau file at ${path}, could not open it: ${cause.message}`, { cause });
  });
  try {
    const { size: fileSize } = await file.stat();
    const read = async (position: number, length: number): Promise<Buffer> => {
      const bytes = Buffer.alloc(length);
      const { bytesRead } = await file.read(bytes, 0, length, position);
      if (bytesRead !== length) throw new SetupError(`the powers-of-tau file ${path} ends early, at byte ${fileSize}`);
      return bytes;
    };
    const start = fileSize < 12 ? Buffer.alloc(12) : await read(0, 12);
    if (start.toString('latin1', 0, 4) !== 'ptau') {
      throw new SetupError(`expected a powers-of-tau file (snarkjs .ptau), ${path} is something else`);
    }
    const found = new Set<number>();
    let position = 12;
    for (let left = start.readUInt32LE(8); left > 0; left--) {
      const section = await read(position, 12);
      position += 12;
      found.add(section.readUInt32LE(0));
      if (section.readUInt32LE(0) === 1) checkHeader(await read(position, 44), path, power);
      position += Number(section.readBigUInt64LE(4));
    }
    if (position > fileSize) throw new SetupError(`the powers-of-tau file ${path} ends early, at byte ${fileSize}`);
    if (!PREPARED_SECTIONS.every((id) => found.has(id))) {
      throw new SetupError(
        `expected a powers-of-tau file prepared for phase 2 (snarkjs powersoftau prepare phase2), ${path} is not`,
      );
    }
  } finally {
    await file.close();
  }
}

function checkHeader(header: Buffer, path: string, power: number): void {
  const prime = BigInt(`0x${Buffer.from(header.subarray(4, 36)).reverse().toString('hex')}`);
  if (header.readUInt32LE(0) !== 32 || prime !== BASE_FIELD_ORDER) {
    throw new SetupError(`expected powers of tau over BN254, ${path} is over another curve`);
  }
  const has = header.readUInt32LE(36);
  if (has < power) {
    throw new SetupError(`expected powers of tau for 2^${power} constraints or more, ${path} is for 2^${has}`);
  }
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(part as Buffer);
  return hash.digest('hex');
}
