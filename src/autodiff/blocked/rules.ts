import type { Rule, RuleTable } from '../rule';
import type { NormalizationOptions } from '../rules/normalization';
import { blockedBatchNormalization } from './batchNormalization';
import { fromBlocked, toBlocked } from './conversion';
import { blockedConvolution } from './convolution';
import { blockedDomain, blockedOperator } from './operators';
import { blockedPhases } from './phases';
import { blockedAveragePool, blockedGlobalAveragePool, blockedMaxPool } from './pooling';

/** Rules for the operators of the blocked domain, by `domain:Operator`. They write the runtime's kernels for channel blocks. */
export function createBlockedRules(options: NormalizationOptions): RuleTable {
  const rules: readonly (readonly [string, Rule])[] = [
    [blockedOperator.toBlocked, toBlocked],
    [blockedOperator.fromBlocked, fromBlocked],
    [blockedOperator.convolution, blockedConvolution],
    [blockedOperator.phases, blockedPhases],
    [blockedOperator.batchNormalization, blockedBatchNormalization(options)],
    [blockedOperator.globalAveragePool, blockedGlobalAveragePool],
    [blockedOperator.maxPool, blockedMaxPool],
    [blockedOperator.averagePool, blockedAveragePool],
  ];
  return new Map(rules.map(([operator, rule]) => [`${blockedDomain}:${operator}`, rule]));
}

/** The rules of ordinary training: batch normalisation by the statistics of the batch. */
export const blockedRules: RuleTable = createBlockedRules({ batchNorm: 'train' });
