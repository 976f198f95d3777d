import { frToHex } from '../../base/field/fr.js';
import { CATALOGUE } from '../../machine/circuit/catalogue.js';
import type { CircuitName } from '../../machine/circuit/catalogue.js';
import { circuitsWith } from '../../engine/plan-batch.js';
import { findProvers } from '../../proof/prover/find.js';
import { provingKeys } from '../../proof/prover/keys.js';
import { LocalQueue } from '../../proof/prover/queue.js';
import { openEndpoint } from '../../settlement/provider.js';
import { deployRules } from '../../settlement/rules/deploy.js';
import { genesisRootOf, readRules, syncRules } from '../../settlement/rules/follow.js';
import { settleRules } from '../../settlement/rules/settle.js';
import { opener } from '../database.js';
import { InputError, parseAccount, parseContract, readInput } from '../input.js';
import { count, table } from '../io.js';
import type { Outcome } from '../io.js';
import { nextCommand } from '../next.js';
import type { Places } from '../places.js';
import { printBetween, watched } from '../progress.js';
import { blamingInstructions, readRulesBatch } from '../rules-batch.js';
import { compileAny, rulesNamed } from '../rules.js';
import { eventsFile, senderOf } from './settle.js';
import type { SenderOptions } from './settle.js';

export interface RulesReadOptions {
  readonly rpc: string;
  readonly contract: string;
}

export interface RulesSettleOptions extends RulesReadOptions, SenderOptions {
  readonly prover: string;
}

export interface RulesDeployOptions extends SenderOptions {
  readonly circuit: CircuitName;
  readonly operator?: string;
  readonly allowDevelopmentKeys?: true;
}

/** Deploys a contract whose state moves by these rules alone. */
export async function rulesDeployCommand(places: Places, name: string, options: RulesDeployOptions): Promise<Outcome> {
  const rules = await rulesNamed(places, name);
  const operator = options.operator === undefined ? undefined : parseAccount('--operator', options.operator);
  const bySize = rules.circuits.toSorted((a, b) => a.rows - b.rows);
  const small = bySize[0]!;
  const large = bySize.at(-1)!;
  const [usual, deep = usual!] = circuitsWith(options.circuit);
  if (CATALOGUE[usual!].bitsPerLevel !== 2)
    throw new InputError(`--circuit: expected a circuit of quad trees, got ${options.circuit}`);
  const contract = await watched(async (watching) => {
    const sender = await senderOf(places, options, watching);
    const keysOf = async (circuit: Parameters<typeof compileAny>[1]) =>
      provingKeys(places.store, await compileAny(places, circuit, watching), watching);
    const keys = {
      storage: [await keysOf(usual!), await keysOf(deep)] as const,
      rules: [await keysOf(large), await keysOf(small)] as const,
    };
    const insecure = [...keys.storage, ...keys.rules].flatMap((own) => (own.insecure ? [own.warning] : []));
    for (const warning of new Set(insecure)) printBetween(`warning: ${warning}`);
    const settings = { version: rules.version, operator, genesisRoot: await genesisRootOf(rules) };
    return deployRules(sender, keys, settings, { allowDevelopment: options.allowDevelopmentKeys === true });
  });
  const rows = [
    ['contract', contract],
    ['rules', `${rules.name}, version ${rules.version}`],
    ['rules circuits', `${large.name} and ${small.name}`],
    ['storage circuits', `${usual} and ${deep}`],
    ['batches by', operator ?? 'anyone'],
  ] as const;
  const next = nextCommand(
    ['npx', 'rootshift', 'rules', 'settle', 'batch.json'],
    [['--contract', contract], ...places.flags],
  );
  return {
    text: `Deployed a contract of rules.\n${table(rows)}\n${next.text}`,
    json: {
      contract,
      rules: rules.name,
      version: rules.version,
      circuits: { storage: [usual, deep], rules: [large.name, small.name] },
      operator: operator ?? null,
    },
  };
}

/** Proves a file of instructions on the consolidated state, and has the contract move its root over them. */
export async function rulesSettleCommand(places: Places, file: string, options: RulesSettleOptions): Promise<Outcome> {
  const contract = parseContract(options.contract);
  const read = await readRulesBatch(places, await readInput(places, file));
  const { rules, batch, instructions } = read;
  if (batch.context !== null) throw new InputError(`${file}: context: expected none, as the contract says it, got one`);
  if (batch.deployment.contract !== BigInt(contract))
    throw new InputError(`${file}: deployment.contract: expected ${contract}, got another contract`);
  const programs = await findProvers(options.prover, process.env['PATH'] ?? '');
  const { number, what, root } = await watched(async (watching) => {
    const sender = await senderOf(places, options, watching);
    const chainId = await sender.chainId();
    if (batch.deployment.chainId !== BigInt(chainId))
      throw new InputError(
        `${file}: deployment.chainId: expected ${chainId}, the endpoint's, got ${batch.deployment.chainId}`,
      );
    const events = await eventsFile(places, { provider: sender.provider, contract });
    const queue = new LocalQueue({ programs, onWarning: (warning) => printBetween(`warning: ${warning}`) });
    const { store } = places;
    const settlement = { sender, contract, rules, openDb: opener(places), store, queue, events, ...watching };
    return blamingInstructions(read, () => settleRules(settlement, instructions));
  });
  const hex = frToHex(root);
  const rows = [
    ['batch', `${number}: ${what}`],
    ['root', `${hex}, consolidated`],
  ] as const;
  return { text: `Settled by rules at ${contract}.\n${table(rows)}`, json: { contract, number, what, root: hex } };
}

/** Rebuilds the state from the contract alone. */
export async function rulesFollowCommand(places: Places, name: string, options: RulesReadOptions): Promise<Outcome> {
  const rules = await rulesNamed(places, name);
  const contract = parseContract(options.contract);
  const provider = openEndpoint(options.rpc);
  const ledger = await readRules(provider, contract, { events: await eventsFile(places, { provider, contract }) });
  await using db = await opener(places)({ createIfMissing: true, bitsPerLevel: 2 });
  const { root, number, applied, wentBack } = await syncRules(db, rules, ledger);
  const hex = frToHex(root);
  const rows = [
    ['root', `${hex}, consolidated by batch ${number}`],
    ['added now', count(applied, 'batch', 'batches')],
  ] as const;
  return {
    text: `The database is at the consolidated root.\n${table(rows)}`,
    json: { root: hex, batch: number, applied, wentBack },
  };
}
