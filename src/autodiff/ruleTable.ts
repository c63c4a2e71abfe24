import type { RuleTable } from './rule';
import { activationRules } from './rules/activation';
import { arithmeticRules } from './rules/arithmetic';
import { convolutionRules } from './rules/convolution';
import { elementwiseRules } from './rules/elementwise';
import { geluRules } from './rules/gelu';
import { matmulRules } from './rules/matmul';
import { normalizationRules, type NormalizationOptions } from './rules/normalization';
import { passingRules } from './rules/passing';
import { poolingRules } from './rules/pooling';
import { reductionRules } from './rules/reduction';
import { shapeRules } from './rules/shape';
import { softmaxRules } from './rules/softmax';

export type StandardRuleOptions = NormalizationOptions;

/**
 * A rule for every operator that can be trained, in standard operators: they run on every provider and are the reference
 * for faster forms.
 */
export function createStandardRules(options: StandardRuleOptions): RuleTable {
  return new Map([
    ...convolutionRules,
    ...matmulRules,
    ...normalizationRules(options),
    ...activationRules,
    ...geluRules,
    ...poolingRules,
    ...softmaxRules,
    ...arithmeticRules,
    ...elementwiseRules,
    ...reductionRules,
    ...shapeRules,
    ...passingRules,
  ]);
}

/** The rules of ordinary training: batch normalisation by the statistics of the batch. */
export const standardRules: RuleTable = createStandardRules({ batchNorm: 'train' });
