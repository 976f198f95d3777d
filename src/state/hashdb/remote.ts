import { storageError } from './driver.js';
import type { Change, Driver, Guard } from './driver.js';
import type { RemoteOptions } from './location.js';
import { byPages, partsOf } from './parts.js';
import { RemoteChannel } from './remote-channel.js';
import { MESSAGE_BYTES, RECORD_OVERHEAD } from './store-messages.js';
import type {
  GetManyRequest,
  GetManyResponse,
  OptionalRecord,
  RangeRequest,
  RangeResponse,
  SizeOnDiskResponse,
  WriteIfRequest,
  WriteIfResponse,
} from './store-messages.js';
import { Closing } from '../../base/tasks/closing.js';

const MESSAGE = { bytes: MESSAGE_BYTES };

/**
 * Opens a database that another process serves (`rootshift hashdb serve`), which any number of processes
 * share.
 * @param url `grpc://HOST:PORT`, or `grpcs://HOST:PORT` with TLS
 * @throws {LocationError} another URL, or one to which a token must not go
 * @throws {StorageError} nobody is there, something else is, or it refuses
 */
export async function openRemote(url: string, options: RemoteOptions = {}): Promise<Driver> {
  const channel = new RemoteChannel(url, options);
  try {
    await channel.probe();
  } catch (error) {
    channel.close();
    throw error;
  }
  return new RemoteDriver(channel);
}

class RemoteDriver extends Closing implements Driver {
  constructor(private readonly channel: RemoteChannel) {
    super();
  }

  get location(): string {
    return this.channel.shown;
  }

  async getMany(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]> {
    const found: (Uint8Array | undefined)[] = [];
    for (const part of partsOf(keys, (key) => key.length + RECORD_OVERHEAD, MESSAGE)) {
      // An answer has a value for the first keys, as many as fit.
      for (let rest = part; rest.length > 0;) {
        const { slots } = await this.channel.read<GetManyRequest, GetManyResponse>('GetMany', { keys: rest });
        if (slots.length === 0 || slots.length > rest.length) {
          throw storageError(
            this.location,
            'read',
            new Error(`expected the values of 1 to ${rest.length} keys from the server, got ${slots.length}`),
          );
        }
        for (const { value } of slots) found.push(value);
        rest = rest.slice(slots.length);
      }
    }
    return found;
  }

  async writeIf(guard: Guard, changes: readonly Change[]): Promise<boolean> {
    const { made } = await this.channel.write<WriteIfRequest, WriteIfResponse>('WriteIf', messagesOf(guard, changes));
    return made;
  }

  iterate(from: Uint8Array, before: Uint8Array): AsyncIterable<readonly [Uint8Array, Uint8Array]> {
    return byPages(from, async (start, limit) => {
      const page = await this.channel.read<RangeRequest, RangeResponse>('Range', { from: start, before, limit });
      // Else a server could have it go round for ever.
      const bounds = [...page.records.map(({ key }) => key), before];
      const isInOrder = page.records.every(({ key }, i) => Buffer.compare(key, bounds[i + 1]!) < 0);
      if (!isInOrder || (page.records.length > 0 && Buffer.compare(start, bounds[0]!) > 0)) {
        throw storageError(this.location, 'read', new Error('the server sent records out of order'));
      }
      return page;
    });
  }

  async sizeOnDisk(): Promise<number> {
    return (await this.channel.read<object, SizeOnDiskResponse>('SizeOnDisk', {})).bytes;
  }

  async compact(): Promise<void> {
    await this.channel.order('compact', 'Compact', {});
  }

  async close(): Promise<void> {
    this.channel.close();
  }
}

function* messagesOf(guard: Guard, changes: readonly Change[]): Generator<WriteIfRequest> {
  const parts = partsOf(changes.map(toRecord), bytesOf, MESSAGE);
  yield { guard: toRecord(guard), total: changes.length, changes: parts[0] ?? [] };
  for (const part of parts.slice(1)) yield { changes: part };
}

const bytesOf = ({ key, value }: OptionalRecord): number => key.length + (value?.length ?? 0) + RECORD_OVERHEAD;

const toRecord = ({ key, value }: Guard | Change): OptionalRecord => ({ key, ...(value == null ? {} : { value }) });
