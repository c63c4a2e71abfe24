import { activationCases } from './cases/activation';
import { arithmeticCases } from './cases/arithmetic';
import { convolutionCases } from './cases/convolution';
import { indexingCases } from './cases/indexing';
import { matmulCases } from './cases/matmul';
import { normalizationCases } from './cases/normalization';
import { passingCases } from './cases/passing';
import { poolingCases } from './cases/pooling';
import { reductionCases } from './cases/reduction';
import { resizeCases } from './cases/resize';
import { selectionCases } from './cases/selection';
import { shapeCases } from './cases/shape';
import type { GradientCase } from './gradientCheck';

/** Every case, to see that no operator is left out. */
export const allCases: readonly GradientCase[] = [
  ...activationCases,
  ...arithmeticCases,
  ...convolutionCases,
  ...indexingCases,
  ...matmulCases,
  ...normalizationCases,
  ...passingCases,
  ...poolingCases,
  ...reductionCases,
  ...resizeCases,
  ...selectionCases,
  ...shapeCases,
];
