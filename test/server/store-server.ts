/** A server of a driver's records alone, in this process. */
import type { Driver } from '../../src/state/hashdb/driver.js';
import { startGrpcServer } from '../../src/server/grpc-server.js';
import { storeService } from '../../src/server/store-service.js';

export interface StoreServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Serves the records of `driver`, which stays the caller's to close. */
export async function serveStore(driver: Driver, listen = '127.0.0.1:0'): Promise<StoreServer> {
  const services = {
    'rootshift.store.v1.Store': storeService(driver, (error) => {
      throw error;
    }),
  };
  const server = await startGrpcServer({ listen, maxMessageBytes: 4 << 20, interceptors: [], services });
  return { url: server.url, stop: () => server.stop(0) };
}
