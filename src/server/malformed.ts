import * as grpc from '@grpc/grpc-js';

/** What stands for a message whose bytes are none. */
class Malformed {}

/** A service that does not fail over such bytes itself: gRPC would take that for a fault of the server, INTERNAL. */
export const keepingMalformed = (service: grpc.ServiceDefinition): grpc.ServiceDefinition =>
  Object.fromEntries(
    Object.entries(service).map(([name, method]) => {
      const requestDeserialize = (bytes: Buffer): unknown => {
        try {
          return method.requestDeserialize(bytes) as unknown;
        } catch {
          return new Malformed();
        }
      };
      return [name, { ...method, requestDeserialize }];
    }),
  );

/** Ends a call whose message is none. */
export const refuseMalformed: grpc.ServerInterceptor = ({ path }, call) => {
  const listener = new grpc.ServerListenerBuilder()
    .withOnReceiveMessage((message: unknown, next) => {
      if (!(message instanceof Malformed)) next(message);
      else
        call.sendStatus({
          code: grpc.status.INVALID_ARGUMENT,
          details: `expected a message of ${path} as in protos/, got other bytes`,
        });
    })
    .build();
  return new grpc.ServerInterceptingCall(call, new grpc.ResponderBuilder().withStart((next) => next(listener)).build());
};
