import * as grpc from '@grpc/grpc-js';
import { StorageError, UnknownOutcomeError } from '../state/hashdb/driver.js';
import type { Change, Driver, Guard } from '../state/hashdb/driver.js';
import { RECORD_OVERHEAD } from '../state/hashdb/store-messages.js';
import type {
  GetManyRequest,
  GetManyResponse,
  OptionalRecord,
  RangeRequest,
  RangeResponse,
  SizeOnDiskResponse,
  WriteIfRequest,
  WriteIfResponse,
} from '../state/hashdb/store-messages.js';
import { CallError, clientStream, invalid, unary } from './calls.js';
import type { OnBug } from './options.js';

/** Below the 4 MiB that most clients take at once. */
const ANSWER_BYTES = 3 << 20;
/** What one write may hold in memory until its end has come. */
const WRITE_BYTES = 1 << 30;

/** The service of protos/rootshift/store/v1/store.proto, over the records that a driver keeps. */
export const storeService = (driver: Driver, onBug: OnBug): grpc.UntypedServiceImplementation => ({
  GetMany: unary(onBug, ({ keys }: GetManyRequest) => getMany(driver, keys)),
  WriteIf: clientStream(onBug, (requests: AsyncIterable<WriteIfRequest>) => writeIf(driver, requests)),
  Range: unary(onBug, (request: RangeRequest) => range(driver, request)),
  SizeOnDisk: unary(onBug, async (): Promise<SizeOnDiskResponse> => ({ bytes: await driver.sizeOnDisk() })),
  Compact: unary(onBug, async () => {
    await driver.compact();
    return {};
  }),
});

const bytesOf = ({ key, value }: OptionalRecord): number => key.length + (value?.length ?? 0) + RECORD_OVERHEAD;

async function getMany(driver: Driver, keys: readonly Uint8Array[]): Promise<GetManyResponse> {
  const slots: GetManyResponse['slots'][number][] = [];
  let bytes = 0;
  for (const value of await driver.getMany(keys)) {
    bytes += RECORD_OVERHEAD + (value?.length ?? 0);
    if (bytes > ANSWER_BYTES && slots.length > 0) break;
    slots.push(value === undefined ? {} : { value });
  }
  return { slots };
}

async function range(driver: Driver, { from, before, limit }: RangeRequest): Promise<RangeResponse> {
  if (limit < 1) invalid('limit', 'at least 1', String(limit));
  const records: RangeResponse['records'][number][] = [];
  let bytes = 0;
  for await (const [key, value] of driver.iterate(from, before)) {
    bytes += bytesOf({ key, value });
    if (records.length === limit || (bytes > ANSWER_BYTES && records.length > 0)) return { records, more: true };
    records.push({ key, value });
  }
  return { records, more: false };
}

/** Once everything is known, and nothing was cut off on the way, the write is made. */
async function writeIf(driver: Driver, requests: AsyncIterable<WriteIfRequest>): Promise<WriteIfResponse> {
  let first: { readonly guard: Guard; readonly total: number } | undefined;
  const changes: Change[] = [];
  let bytes = 0;
  for await (const request of requests) {
    if (first === undefined) {
      if (request.guard == null) return invalid('guard', 'one in the first message', 'none');
      const { key, value } = request.guard;
      first = { guard: { key, value }, total: request.total ?? 0 };
    } else if (request.guard != null) invalid('guard', 'one in the first message alone', 'another');
    for (const { key, value } of request.changes) {
      changes.push({ key, value: value ?? null });
      bytes += bytesOf({ key, ...(value && { value }) });
    }
    if (bytes > WRITE_BYTES) {
      throw new CallError(
        grpc.status.RESOURCE_EXHAUSTED,
        `changes: expected at most ${WRITE_BYTES} bytes in one write, got more`,
      );
    }
  }
  if (first === undefined) return invalid('guard', 'one in the first message', 'no message');
  if (changes.length !== first.total)
    invalid('changes', `${first.total}, as the first message says`, String(changes.length));
  try {
    return { made: await driver.writeIf(first.guard, changes) };
  } catch (error) {
    // UNAVAILABLE would leave it open whether the write was made.
    if (!(error instanceof StorageError) || error instanceof UnknownOutcomeError) throw error;
    throw new CallError(grpc.status.ABORTED, error.message);
  }
}
