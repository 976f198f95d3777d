import { Argument } from 'commander';
import type { Command, Option } from 'commander';
import type { Describe, Run } from './command.js';
import type { AlarmOptions } from './commands/alarm.js';
import type { GuardOptions, StopOptions } from './commands/guard.js';

const PARTS = ['posting', 'forcing', 'proving', 'reading'] as const;
const ROLES = ['sequencer', 'prover', 'guardian'] as const;
const ADMIN_STEPS = ['name', 'accept'] as const;
const VERIFIER_STEPS = ['announce', 'refuse', 'adopt'] as const;

const parts = (): Argument => new Argument('[parts...]', 'what to stop (default: everything)').choices(PARTS);
const role = (): Argument => new Argument('<role>', 'role').choices(ROLES);
const DAY = '86400';

/** The subcommands of `settlement`. @param sending the options of a command that sends to a settlement */
export function addGuardCommands(
  settlement: Command,
  describe: Describe,
  run: Run,
  sending: () => readonly Option[],
): void {
  const sends = (command: Command): Command => {
    for (const option of sending()) command.addOption(option);
    return command;
  };

  sends(
    describe(
      settlement.command('stop').addArgument(parts()),
      'stop parts of a settlement for a while',
      'For the guardian. A stop ends by itself, after seven days at most; all stops together take at most 30 days.',
      'settlement stop proving reading --for 3600',
    ),
  )
    .option('--for <seconds>', 'seconds that the stop takes', DAY)
    .action((given: readonly (typeof PARTS)[number][], options: StopOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/guard.js')).stopCommand(places, given, options)),
    );

  sends(
    describe(
      settlement.command('resume').addArgument(parts()),
      'end a stop early',
      'For the guardian. Without PARTS, everything goes on.',
      'settlement resume proving',
    ),
  ).action((given: readonly (typeof PARTS)[number][], options: GuardOptions, self: Command) =>
    run(self, async (places) => (await import('./commands/guard.js')).resumeCommand(places, given, options)),
  );

  sends(
    describe(
      settlement.command('grant').addArgument(role()).argument('<account>', 'address'),
      'give an account a role',
      'For the administrator. It also keeps a guardian whose role was about to end.',
      'settlement grant prover 0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
    ),
  ).action((name: (typeof ROLES)[number], account: string, options: GuardOptions, self: Command) =>
    run(self, async (places) => (await import('./commands/guard.js')).grantCommand(places, name, account, options)),
  );

  sends(
    describe(
      settlement.command('revoke').addArgument(role()).argument('<account>', 'address'),
      'take a role from an account',
      "For the administrator. A guardian's role ends after the settlement's delay, any other at once.",
      'settlement revoke sequencer 0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
    ),
  ).action((name: (typeof ROLES)[number], account: string, options: GuardOptions, self: Command) =>
    run(self, async (places) => (await import('./commands/guard.js')).revokeCommand(places, name, account, options)),
  );

  sends(
    describe(
      settlement.command('alarm').argument('<batch>', 'number').argument('<one>', 'proof').argument('<other>', 'proof'),
      'stop a settlement for good by two proofs that disagree',
      'For whoever has two proofs of the data of a posted BATCH that lead to different roots: proofs can be forged ' +
        'then.',
      'settlement alarm 7 one.json other.json',
    ),
  )
    .option('--proven-by <accounts...>', "accounts that the proofs were made for (default: the sender's)")
    .action((batch: string, one: string, other: string, options: AlarmOptions, self: Command) =>
      run(self, async (places) =>
        (await import('./commands/alarm.js')).alarmCommand(places, batch, [one, other], options),
      ),
    );

  sends(
    describe(
      settlement.command('fetch'),
      'have the contract pay the sender what it owes it',
      'Fees for proving, or what a payments contract owes.',
      'settlement fetch',
    ),
  ).action((options: GuardOptions, self: Command) =>
    run(self, async (places) => (await import('./commands/guard.js')).fetchCommand(places, options)),
  );

  sends(
    describe(
      settlement
        .command('admin')
        .addArgument(new Argument('<step>', 'step').choices(ADMIN_STEPS))
        .argument('[account]'),
      'change the administrator, in two steps',
      "The administrator names an ACCOUNT. After the settlement's delay, that account accepts.",
      'settlement admin name 0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
    ),
  ).action((step: (typeof ADMIN_STEPS)[number], account: string | undefined, options: GuardOptions, self: Command) =>
    run(self, async (places) => (await import('./commands/guard.js')).adminCommand(places, step, account, options)),
  );

  sends(
    describe(
      settlement
        .command('verifiers')
        .addArgument(new Argument('<step>', 'step').choices(VERIFIER_STEPS))
        .argument('[addresses...]', 'of the usual verifier and of the one for what that has no room for'),
      'exchange the verifiers, in two steps',
      "The administrator announces their ADDRESSES. After the settlement's delay, anyone adopts them; until then a " +
        'guardian can refuse them.',
      'settlement verifiers adopt',
    ),
  ).action((step: (typeof VERIFIER_STEPS)[number], addresses: string[], options: GuardOptions, self: Command) =>
    run(self, async (places) =>
      (await import('./commands/guard.js')).verifiersCommand(places, step, addresses, options),
    ),
  );
}
