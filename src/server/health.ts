import * as grpc from '@grpc/grpc-js';
import { CallError, unary } from './calls.js';
import type { OnBug } from './options.js';

type Status = 'SERVING' | 'NOT_SERVING' | 'SERVICE_UNKNOWN';

interface Request {
  readonly service: string;
}

/** The health of the server and its services, which is one: see protos/grpc/health/v1/health.proto. */
export class Health {
  private serving = true;
  private readonly watchers = new Set<() => void>();

  /** @param services those that there are, by their full names */
  constructor(
    private readonly services: readonly string[],
    private readonly onBug: OnBug,
  ) {}

  /** From here on the server takes nothing new. */
  stop(): void {
    this.serving = false;
    for (const tell of this.watchers) tell();
  }

  get implementation(): grpc.UntypedServiceImplementation {
    return {
      Check: unary(this.onBug, async ({ service }: Request) => {
        const status = this.statusOf(service);
        if (status === 'SERVICE_UNKNOWN')
          throw new CallError(grpc.status.NOT_FOUND, `there is no service ${service} here`);
        return { status };
      }),
      Watch: (call: grpc.ServerWritableStream<Request, { readonly status: Status }>) => {
        const tell = (): void => {
          call.write({ status: this.statusOf(call.request.service) });
          // A watcher would keep a server that stops from coming to its end.
          if (!this.serving) call.end();
        };
        this.watchers.add(tell);
        call.on('cancelled', () => this.watchers.delete(tell));
        tell();
      },
    };
  }

  private statusOf(service: string): Status {
    if (service !== '' && !this.services.includes(service)) return 'SERVICE_UNKNOWN';
    return this.serving ? 'SERVING' : 'NOT_SERVING';
  }
}
