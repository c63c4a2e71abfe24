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
import { blockRules } from './rules/blocks';
import { einsumRules } from './rules/einsum';
import { indexingRules } from './rules/indexing';
import { resizeRules } from './rules/resize';
import { selectionRules } from './rules/selection';
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
    ...blockRules,
    ...einsumRules,
    ...indexingRules,
    ...resizeRules,
    ...selectionRules,
    ...passingRules,
  ]);
}

/** The rules of ordinary training: batch normalisation by the statistics of the batch. */
export const standardRules: RuleTable = createStandardRules({ batchNorm: 'train' });
