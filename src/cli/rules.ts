import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { reasonOf } from '../base/files/system-error.js';
import { compileCircuit, compileRulesCircuit } from '../machine/circuit/compile.js';
import type { CompiledFiles } from '../machine/circuit/compile.js';
import { ALL_CIRCUIT_NAMES, checkRulesCircuit, RulesCircuitError } from '../machine/circuit/rules-catalogue.js';
import type { AnyCircuitName, RulesCircuit } from '../machine/circuit/rules-catalogue.js';
import type { Watching } from '../base/tasks/watching.js';
import type { Rules, RulesTypes } from '../rules/common/rules.js';
import { PAYMENTS } from '../rules/payments/payments.js';
import { InputError } from './input.js';
import type { Places } from './places.js';

/** Rules of any kind: what they take and give, only they know. */
export type AnyRules = Rules<RulesTypes>;

/**
 * The user's own rules: all exports of the module at --rules that are rules. The module is run.
 * @throws {InputError} it cannot be loaded, or has no rules that can be used
 */
export async function ownRules({ rules: file }: Places): Promise<AnyRules[]> {
  if (file === undefined) return [];
  const loaded: Record<string, unknown> = await import(pathToFileURL(path.resolve(file)).href).catch(
    (cause: unknown) => {
      throw new InputError(`--rules: ${file}: ${reasonOf(cause)}`, { cause });
    },
  );
  const found = Object.values(loaded).filter(isRules);
  if (found.length === 0) throw new InputError(`--rules: expected a module that exports rules, ${file} exports none`);
  for (const { name, circuits } of found) {
    if (name === PAYMENTS.name) throw new InputError(`--rules: ${file}: expected rules of another name than ${name}`);
    checkAll(file, circuits);
  }
  return found;
}

function checkAll(file: string, circuits: readonly RulesCircuit[]): void {
  try {
    circuits.forEach(checkRulesCircuit);
  } catch (cause) {
    if (!(cause instanceof RulesCircuitError)) throw cause;
    throw new InputError(`--rules: ${file}: ${cause.message}`, { cause });
  }
}

function isRules(value: unknown): value is AnyRules {
  const { name, circuits, execute } = Object(value) as Partial<AnyRules>;
  return typeof name === 'string' && Array.isArray(circuits) && typeof execute === 'function';
}

/** The rules that a file names. @throws {InputError} they are not known here */
export async function rulesNamed(places: Places, name: string): Promise<AnyRules> {
  const known: readonly AnyRules[] = [PAYMENTS, ...(await ownRules(places))];
  const found = known.find((rules) => rules.name === name);
  if (found !== undefined) return found;
  const names = known.map((rules) => rules.name).join(', ');
  throw new InputError(
    `expected rules that are known here (${names}), got ${name}; name the module that exports them with --rules`,
  );
}

/** The circuit with a name: of the catalogue, or of the user's own rules. @throws {InputError} there is none */
export async function circuitNamed(places: Places, name: string): Promise<AnyCircuitName | RulesCircuit> {
  const shipped = ALL_CIRCUIT_NAMES.find((one) => one === name);
  if (shipped !== undefined) return shipped;
  const own = (await ownRules(places)).flatMap(({ circuits }) => circuits);
  const found = own.find((one) => one.name === name);
  if (found !== undefined) return found;
  const names = [...ALL_CIRCUIT_NAMES, ...own.map((one) => one.name)].join(', ');
  throw new InputError(`expected a circuit (${names}; those of your own rules with --rules), got ${name}`);
}

/** Compiles a circuit of any kind, or finds it. */
export const compileAny = (
  { store }: Places,
  circuit: AnyCircuitName | RulesCircuit,
  watching: Watching,
): Promise<CompiledFiles> =>
  typeof circuit === 'string'
    ? compileCircuit(store, circuit, watching)
    : compileRulesCircuit(store, circuit, watching);
