import { Tensor } from '../../values/tensor';
import { Unknown, type Value } from '../../values/values';
import type { Bound } from '../../evaluate/signature';
import { broadcast } from '../shapes';
import type { FunctionTable, TensorFunction } from './define';

type Sizes = (tensors: readonly Tensor[]) => readonly number[];

const all: Sizes = (tensors) => tensors.reduce<readonly number[]>((one, { shape }) => broadcast(one, shape), []);
const rows: Sizes = ([{ shape }]) => shape.slice(0, -1);
const classes: Sizes = ([{ shape }]) => shape.filter((_, at) => at !== Math.min(1, shape.length - 1));
/** Steps come before them. */
const sequences: Sizes = ([{ shape }]) => shape.slice(1, -1);
const distances: Sizes = (tensors) => all(tensors).slice(0, -1);

export interface Loss {
  /** The name of its module. */
  readonly module: string;
  readonly tensors: string;
  /** Arguments that follow; those of the module's constructor. */
  readonly settings: string;
  readonly compute: (bound: Bound) => Value;
}

/** A loss gives one number, or numbers of these sizes where they are not reduced. */
function loss(module: string, tensors: string, settings: string, sizes: Sizes): Loss {
  const names = tensors.split(', ');
  const compute = (bound: Bound): Value => {
    const { reduction, reduce } = bound;
    if (reduction instanceof Unknown) return reduction;
    if (reduction !== 'none' && reduce !== false) return new Tensor([]);
    const first = bound[names[0]];
    if (!(first instanceof Tensor)) return first instanceof Unknown ? first : new Unknown('a loss of no tensor');
    return new Tensor(sizes(names.map((name) => bound[name]).filter((value) => value instanceof Tensor)));
  };
  return { module, tensors, settings, compute };
}

const reduced = "size_average=None, reduce=None, reduction='mean'";
const weighted = `weight=None, ${reduced}`;
const ofClasses = "weight=None, size_average=None, ignore_index=-100, reduce=None, reduction='mean'";
const two = 'input, target';
const pair = 'input1, input2, target';
const three = 'anchor, positive, negative';

/** By the names of their functions. */
export const losses: Readonly<Record<string, Loss>> = {
  cross_entropy: loss('CrossEntropyLoss', two, `${ofClasses}, label_smoothing=0.0`, classes),
  nll_loss: loss('NLLLoss', two, ofClasses, classes),
  mse_loss: loss('MSELoss', two, reduced, all),
  l1_loss: loss('L1Loss', two, reduced, all),
  smooth_l1_loss: loss('SmoothL1Loss', two, `${reduced}, beta=1.0`, all),
  huber_loss: loss('HuberLoss', two, "reduction='mean', delta=1.0", all),
  binary_cross_entropy: loss('BCELoss', two, weighted, all),
  binary_cross_entropy_with_logits: loss('BCEWithLogitsLoss', two, `${weighted}, pos_weight=None`, all),
  kl_div: loss('KLDivLoss', two, `${reduced}, log_target=False`, all),
  soft_margin_loss: loss('SoftMarginLoss', two, reduced, all),
  hinge_embedding_loss: loss('HingeEmbeddingLoss', two, `margin=1.0, ${reduced}`, all),
  poisson_nll_loss: loss(
    'PoissonNLLLoss',
    two,
    "log_input=True, full=False, size_average=None, eps=1e-08, reduce=None, reduction='mean'",
    all,
  ),
  gaussian_nll_loss: loss('GaussianNLLLoss', 'input, target, var', "full=False, eps=1e-06, reduction='mean'", all),
  margin_ranking_loss: loss('MarginRankingLoss', pair, `margin=0.0, ${reduced}`, all),
  cosine_embedding_loss: loss('CosineEmbeddingLoss', pair, `margin=0.0, ${reduced}`, rows),
  multi_margin_loss: loss('MultiMarginLoss', two, `p=1, margin=1.0, ${weighted}`, rows),
  multilabel_margin_loss: loss('MultiLabelMarginLoss', two, reduced, rows),
  multilabel_soft_margin_loss: loss('MultiLabelSoftMarginLoss', two, weighted, rows),
  triplet_margin_loss: loss(
    'TripletMarginLoss',
    three,
    `margin=1.0, p=2.0, eps=1e-06, swap=False, ${reduced}`,
    distances,
  ),
  triplet_margin_with_distance_loss: loss(
    'TripletMarginWithDistanceLoss',
    three,
    "distance_function=None, margin=1.0, swap=False, reduction='mean'",
    distances,
  ),
  ctc_loss: loss(
    'CTCLoss',
    'log_probs, targets, input_lengths, target_lengths',
    "blank=0, reduction='mean', zero_infinity=False",
    sequences,
  ),
};

export const lossFunctions: FunctionTable = Object.fromEntries(
  Object.entries(losses).map(([name, { tensors, settings, compute }]): [string, TensorFunction] => [
    name,
    [`${tensors}, ${settings}`, compute],
  ]),
);
