import type { BlockHeader } from '../store/header.js';

/** EIP-1559: blocks aim at half of their gas limit; the base fee changes by an eighth at most. */
const ELASTICITY = 2n;
const DENOMINATOR = 8n;

/** The base fee in wei of the block after one. */
export function nextBaseFee({
  gasLimit,
  gasUsed,
  baseFeePerGas,
}: Pick<BlockHeader, 'gasLimit' | 'gasUsed' | 'baseFeePerGas'>): bigint {
  const target = gasLimit / ELASTICITY;
  if (gasUsed === target) return baseFeePerGas;
  const distance = gasUsed > target ? gasUsed - target : target - gasUsed;
  const change = (baseFeePerGas * distance) / target / DENOMINATOR;
  if (gasUsed > target) return baseFeePerGas + (change === 0n ? 1n : change);
  return baseFeePerGas - change;
}
