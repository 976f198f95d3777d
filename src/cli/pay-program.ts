import { Option } from 'commander';
import type { Command } from 'commander';
import { subcommandsOf } from './command.js';
import type { Describe, Run } from './command.js';
import type { PayAlarmOptions } from './commands/alarm.js';
import type { DepositOptions, KeyOptions } from './commands/pay-account.js';
import type { PayAnnounceOptions, PayDeployOptions, PaySettleOptions } from './commands/pay-operator.js';
import type { PayOptions, PaySendOptions } from './commands/pay-places.js';
import type { PayInspectOptions, TransferOptions, WalletOptions, WithdrawOptions } from './commands/pay-wallet.js';
import { PROVER } from './settings.js';

/** The options of `pay` commands, made anew for each. */
export interface PayOptionsOf {
  /** To read from a payments contract. */
  readonly reading: () => readonly Option[];
  /** To send to the chain, too. */
  readonly sending: () => readonly Option[];
  readonly rpc: () => Option;
}

const origin = (): Option =>
  new Option(
    '--origin <url>',
    'page that the text names from whose signature the key comes: another page, another key',
  ).default('http://localhost');
const chainId = (): Option =>
  new Option('--chain-id <id>', "the chain's id: with it, and with --nonce, no endpoint is asked");
const rulesVersion = (): Option =>
  new Option('--rules-version <n>', "version of the contract's rules, with --chain-id (default: 1)");
const signing = (): Option[] => [
  new Option('--fee <gwei>', 'fee for the operator').default('0'),
  new Option('--valid-for <seconds>', 'seconds from now in which it may be included (default: for ever)'),
  new Option('--nonce <n>', 'its number among those of the account (default: the next)'),
  new Option('--out <file>', 'file to which the signed payment is added').default('payments.txt'),
];

/** The subcommands of `pay`. */
export function addPayCommands(
  pay: Command,
  describe: Describe,
  run: Run,
  { reading, sending, rpc }: PayOptionsOf,
): void {
  const sub = subcommandsOf(pay, describe);
  /** To sign for a contract: an endpoint need not be given. */
  const offline = (): Option[] => {
    const [endpoint, ...others] = reading();
    return [endpoint!.makeOptionMandatory(false), ...others, chainId(), rulesVersion()];
  };
  const account = () => import('./commands/pay-account.js');
  const wallet = () => import('./commands/pay-wallet.js');
  const operator = () => import('./commands/pay-operator.js');

  pay.commandsGroup('For users:');
  sub(
    'key',
    [...offline(), ...sending(), origin()],
    "show the key of the sender's payments account",
    'It comes from a signature by the Ethereum account of a text that names chain, contract and origin; nothing has ' +
      'to be kept.',
    'pay key',
  ).action((options: WalletOptions, self: Command) =>
    run(self, async (places) => (await wallet()).keyCommand(places, options)),
  );
  sub(
    'deposit <ether>',
    [...reading(), ...sending(), origin()],
    'move ether into a payments account',
    "The operator must include it. Into the sender's own account, it also sets the account's key.",
    'pay deposit 1.5',
  )
    .option('--to <address>', "account (default: the sender's)")
    .option('--keep-key', 'leave the key that the account has')
    .action((ether: string, options: DepositOptions, self: Command) =>
      run(self, async (places) => (await account()).depositCommand(places, ether, options)),
    );
  sub(
    'set-key',
    [...reading(), ...sending(), origin()],
    "set the key of the sender's account",
    'Payments that the old key signed are refused from then on.',
    'pay set-key',
  ).action((options: KeyOptions, self: Command) =>
    run(self, async (places) => (await account()).setKeyCommand(places, options)),
  );
  sub(
    'transfer <to> <ether>',
    [...offline(), ...sending(), origin(), ...signing()],
    'sign a transfer, and add it to a file for the operator',
    'Nothing is sent: give the file to the operator.',
    'pay transfer 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 0.1 --fee 1000',
  ).action((to: string, ether: string, options: TransferOptions, self: Command) =>
    run(self, async (places) => (await wallet()).transferCommand(places, to, ether, options)),
  );
  sub(
    'withdraw <ether>',
    [...offline(), ...sending(), origin(), ...signing()],
    'sign a withdrawal, and add it to a file for the operator',
    'Nothing is sent: give the file to the operator. Once the batch is consolidated and has matured, `pay claim` ' +
      'fetches the ether.',
    'pay withdraw 0.1',
  )
    .option('--to <address>', "who gets it on Ethereum (default: the sender's address)")
    .action((ether: string, options: WithdrawOptions, self: Command) =>
      run(self, async (places) => (await wallet()).withdrawCommand(places, ether, options)),
    );
  sub(
    'exit',
    [...reading(), ...sending()],
    "ask for all that the sender's account holds",
    'The operator must include it; `pay claim` then fetches the ether. It needs no key.',
    'pay exit',
  ).action((options: PaySendOptions, self: Command) =>
    run(self, async (places) => (await account()).exitCommand(places, options)),
  );
  sub(
    'claim',
    [...reading(), ...sending()],
    'fetch what withdrawals and exits paid to the sender',
    'A payout matures some time after its batch was consolidated.',
    'pay claim',
  ).action((options: PaySendOptions, self: Command) =>
    run(self, async (places) => (await account()).claimCommand(places, options)),
  );
  sub(
    'balance <account>',
    reading(),
    'show what an account holds',
    'Follows the contract first. Consolidated is what proofs were accepted for, posted is what everyone can compute ' +
      'from the data on the chain.',
    'pay balance 0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
  ).action((address: string, options: PayOptions, self: Command) =>
    run(self, async (places) => (await account()).balanceCommand(places, address, options)),
  );
  sub(
    'escape',
    [...reading(), ...sending()],
    'leave a frozen contract with all that the account holds',
    'Deposits that were never consolidated are taken back, too.',
    'pay escape',
  ).action((options: PaySendOptions, self: Command) =>
    run(self, async (places) => (await account()).escapeCommand(places, options)),
  );

  pay.commandsGroup('For everyone:');
  sub(
    'inspect <payments>',
    [...reading().slice(1), chainId().makeOptionMandatory(), rulesVersion()],
    'show the signed payments in a file, and whether their signatures hold',
    'Asks no endpoint: whether an account has the ether and the nonce, only the state knows.',
    'pay inspect payments.txt --chain-id 31337',
  ).action((file: string, options: PayInspectOptions, self: Command) =>
    run(self, async (places) => (await wallet()).payInspectCommand(places, file, options)),
  );
  sub(
    'follow',
    reading(),
    'rebuild the state from the contract alone',
    'Stops at the consolidated root. A missing database is created.',
    'pay follow',
  ).action((options: PayOptions, self: Command) =>
    run(self, async (places) => (await operator()).followCommand(places, options)),
  );
  sub(
    'drop',
    [...reading(), ...sending()],
    'drop a batch that nobody has proven for too long',
    'It and all behind it are gone; the operations of the queue in them wait again. If a version was revoked, its ' +
      'first batch that has not matured is dropped.',
    'pay drop',
  ).action((options: PaySendOptions, self: Command) =>
    run(self, async (places) => (await operator()).dropCommand(places, options)),
  );
  sub(
    'force',
    [...reading(), ...sending(), PROVER.option()],
    'post and prove operations that the operator leaves out',
    'Possible once the oldest operation has waited for the force delay, and no posted batch waits for its proof. The ' +
      "operations' fees are owed to the sender.",
    'pay force',
  ).action((options: PaySettleOptions, self: Command) =>
    run(self, async (places) => (await operator()).forceCommand(places, options)),
  );
  sub(
    'alarm <proof>',
    [...reading(), ...sending()],
    'stop a contract by a proof that leads elsewhere than the one it took',
    'For whoever has a proof, of the data of a consolidated batch that has not matured, that leads to another root: ' +
      'proofs can be forged then. The batch and all behind it are void, and the contract is frozen.',
    'pay alarm proof.json',
  )
    .option('--proven-by <account>', "account that the proof was made for (default: the sender's)")
    .action((file: string, options: PayAlarmOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/alarm.js')).payAlarmCommand(places, file, options)),
    );
  sub(
    'freeze',
    [...reading(), ...sending()],
    'freeze a contract whose operator is gone',
    'Possible once the oldest operation or batch has waited for the freeze delay. It is for good: everybody then ' +
      'leaves with `pay escape`.',
    'pay freeze',
  ).action((options: PaySendOptions, self: Command) =>
    run(self, async (places) => (await operator()).freezeCommand(places, options)),
  );

  pay.commandsGroup('For the operator:');
  const deploy = sub(
    'deploy',
    [rpc(), ...sending()],
    'deploy a payments contract and the verifiers of its circuits',
    'The sender gets every role that no option gives to another account. Running it again returns the same contract.',
    'pay deploy --rpc http://127.0.0.1:8545',
  );
  const delays: readonly (readonly [flag: string, what: string, standard: string])[] = [
    ['--prover-timeout <seconds>', 'seconds after posting until anyone may prove a batch', '86400'],
    ['--force-delay <seconds>', 'seconds until an operation of the queue must be posted', '86400'],
    ['--drop-timeout <seconds>', 'seconds after posting until anyone may drop an unproven batch', '259200'],
    ['--freeze-delay <seconds>', 'seconds of waiting after which anyone may freeze the contract', '604800'],
    ['--alarm-delay <seconds>', 'seconds after which what a batch pays out matures', '86400'],
    ['--change-delay <seconds>', 'seconds until a change of who or what is trusted takes effect', '1209600'],
    ['--operation-fee <gwei>', 'gwei that an operation of the queue costs at least', '100000'],
    ['--max-operations <n>', 'operations that the queue takes in an hour', '1000'],
  ];
  for (const [flag, what, standard] of delays) deploy.option(flag, what, standard);
  deploy
    .option('--circuit <name>', 'storage circuit', 's20')
    .option('--rules-circuit <name>', 'large circuit of rules; the small one is pay3', 'pay45')
    .option('--admin <address>', 'account that gives and takes roles')
    .option('--sequencer <address>', 'account that posts batches')
    .option('--proving-account <address>', 'account that proves batches before others may')
    .option('--guardian <address>', 'account that can stop parts of the contract for a while')
    .option('--allow-development-keys', 'deploy on any chain even though whoever made the keys can forge proofs')
    .action((options: PayDeployOptions, self: Command) =>
      run(self, async (places) => (await operator()).payDeployCommand(places, options)),
    );
  sub(
    'announce-verifiers',
    [...reading(), ...sending()],
    'deploy other verifiers, and announce them, as administrator',
    'Users have the change delay to leave. Until it is over, a guardian can refuse them (`settlement verifiers ' +
      'refuse`); then anyone has them taken (`settlement verifiers adopt`). Payments that are signed for the version ' +
      'before are refused from then on.',
    'pay announce-verifiers --circuit s20',
  )
    .option('--circuit <name>', 'storage circuit', 's20')
    .option('--rules-circuit <name>', 'large circuit of rules; the small one is pay3', 'pay45')
    .option('--allow-development-keys', 'on any chain even though whoever made the keys can forge proofs')
    .action((options: PayAnnounceOptions, self: Command) =>
      run(self, async (places) => (await operator()).payAnnounceCommand(places, options)),
    );
  sub(
    'revoke-version <version>',
    [...reading(), ...sending()],
    'take proofs of a version of verifiers no more, as guardian',
    'For good. Against keys by which somebody forges proofs: `pay drop` then drops what they proved and has not ' +
      'matured.',
    'pay revoke-version 1',
  ).action((version: string, options: PaySendOptions, self: Command) =>
    run(self, async (places) => (await operator()).revokeVersionCommand(places, version, options)),
  );
  sub(
    'settle [payments...]',
    [...reading(), ...sending(), PROVER.option()],
    'prove operations and payments, and post them',
    'Proves the operations of the queue that wait, and the signed payments in the files, up to 1,000 at once, and ' +
      'posts them with their proofs in one call. What is posted already is proven before. The database follows the ' +
      'consolidated root. If the command is killed, run it again: it continues where it stopped and sends nothing ' +
      'twice.',
    'pay settle payments.txt',
  )
    .option('--fee-recipient <address>', "account that gets the payments' fees (default: the sender's)")
    .action((files: string[], options: PaySettleOptions, self: Command) =>
      run(self, async (places) => (await operator()).paySettleCommand(places, files, options)),
    );
}
