/** A local chain for one test file: foundry's anvil, from its npm package, on a port of its own choice. */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createPublicClient, createWalletClient, http } from 'viem';
import { mnemonicToAccount } from 'viem/accounts';
import { foundry } from 'viem/chains';

/** @param options anvil's own, such as `--no-mining` */
export async function startChain(...options: string[]) {
  const own = createRequire(createRequire(import.meta.url).resolve('@foundry-rs/anvil/package.json'));
  const platform = `${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
  const child = spawn(own.resolve(`@foundry-rs/anvil-${platform}/bin/anvil`), ['--port', '0', ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const address = await new Promise<string>((resolve, reject) => {
    let printed = '';
    child.on('error', reject);
    child.on('close', () => reject(new Error(`anvil ended: ${printed}`)));
    child.stdout.on('data', (chunk) => {
      printed += String(chunk);
      const match = /Listening on (\S+)/.exec(printed);
      if (match !== null) resolve(match[1]!);
    });
  });
  const transport = http(`http://${address}`);
  const account = mnemonicToAccount('test test test test test test test test test test test junk');
  return {
    url: `http://${address}`,
    transport,
    reader: createPublicClient({ chain: foundry, transport, pollingInterval: 20 }),
    writer: createWalletClient({ chain: foundry, transport, account }),
    stop: async (): Promise<void> => {
      child.kill();
      await ended;
    },
  };
}

export type Chain = Awaited<ReturnType<typeof startChain>>;
