/** Stands between the driver and the server, and loses the connection at a moment of the test's choosing. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** What becomes of a message that the client sends, and of the connection. */
export type Fate = 'passes' | 'is lost' | 'arrives, but no answer comes back';

export interface Proxy {
  /** The server's URL, by way of the proxy. */
  readonly url: string;
  /** Connections made so far. */
  connections: number;
}

/** Ends with the test. `fateOf` is asked of all that the client sends, as text. */
export async function proxyTo(serverUrl: string, fateOf: (sent: string) => Fate): Promise<Proxy> {
  const { port, hostname } = new URL(serverUrl);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    proxy.connections++;
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => void [client, upstream].forEach((end) => end.destroy()));
    }
    let answering = true;
    client.on('data', (data) => {
      const fate = fateOf(data.toString('latin1'));
      if (fate === 'is lost') return void client.destroy();
      upstream.write(data);
      answering &&= fate === 'passes';
    });
    upstream.on('data', (data) => {
      if (answering) client.write(data);
      else client.destroy();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const ownPort = (server.address() as AddressInfo).port;
  const proxy: Proxy = { url: serverUrl.replace(`:${port}/`, `:${ownPort}/`), connections: 0 };
  return proxy;
}
