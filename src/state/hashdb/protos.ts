import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { packageFile } from '../../base/files/package-file.js';

// What goes wrong is told by errors, not on stderr.
setLogVerbosity(logVerbosity.NONE);

/** What there is to call, and the file that says what it means. */
const FILES = {
  'rootshift.store.v1.Store': 'rootshift/store/v1/store.proto',
  'rootshift.state.v1.State': 'rootshift/state/v1/state.proto',
  'grpc.health.v1.Health': 'grpc/health/v1/health.proto',
} as const;

export type ServiceName = keyof typeof FILES;

/**
 * How a service's messages are read and written. In JavaScript a message is an object with fields in camel
 * case; bytes are Buffers, 64-bit numbers are numbers, enumerations are their names. What is not set has
 * the default of its type; an `optional` field, `undefined`.
 */
export const serviceOf = (name: ServiceName): ServiceDefinition =>
  loadSync(FILES[name], {
    includeDirs: [packageFile('protos')],
    longs: Number,
    enums: String,
    defaults: true,
    arrays: true,
    oneofs: true,
  })[name] as ServiceDefinition;
