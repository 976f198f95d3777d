/** Stands between a client and a server, and loses the connection at a moment of the test's choosing. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/**
 * What becomes of a message that the client sends, and of the connection. With `answer`, it arrives, and this comes
 * back.
 */
export type Fate =
  'passes' | 'is lost' | 'is never answered' | 'arrives, but no answer comes back' | { readonly answer: Uint8Array };

export interface Proxy {
  readonly port: number;
  /** Connections made so far. */
  connections: number;
  /** Loses all connections, and takes no more. */
  cut(): void;
}

/**
 * Ends with the test. `port` may be asked anew for each connection; `fateOf` is asked of all that the client sends, as
 * text.
 */
export async function proxyTo(
  port: number | (() => number),
  fateOf: (sent: string) => Fate = () => 'passes',
): Promise<Proxy> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    proxy.connections++;
    const upstream = connect(typeof port === 'number' ? port : port(), '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => void [client, upstream].forEach((end) => end.destroy()));
    }
    let answering = true;
    let instead: Uint8Array | null = null;
    client.on('data', (data) => {
      const fate = fateOf(data.toString('latin1'));
      if (fate === 'is never answered') return;
      if (fate === 'is lost') return void client.destroy();
      upstream.write(data);
      if (typeof fate === 'object') instead = fate.answer;
      else answering &&= fate === 'passes';
    });
    upstream.on('data', (data) => {
      if (answering) client.write(instead ?? data);
      else client.destroy();
      instead = null;
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(cut);
  const proxy: Proxy = { port: (server.address() as AddressInfo).port, connections: 0, cut };
  return proxy;
}
