import type { PreprocessingName } from '../../src/data/preprocessing';
import type { HalocSettings } from '../../src/search/halocSettings';
import type { SearchKind } from '../../src/protocol/runs';
import type { Resource } from '../../src/search/space';

/** A trained network and how all of its rows are trained. */
export interface BenchNetwork {
  readonly name: string;
  /** File in the folder of models. */
  readonly file: string;
  readonly normalisation: PreprocessingName;
  /** The last layer: its ten outputs have no rank to spare and cost next to nothing, which a ratio for all would not see. */
  readonly classifier: string;
  /** Passes over the data while searching, and while fine-tuning. */
  readonly searchEpochs: number;
  readonly epochs: number;
  /** Settings of HALOC that suit its training. */
  readonly haloc?: Partial<HalocSettings>;
  /** Learning rate of the fine-tuning at its start; it falls to 0 by a cosine. */
  readonly rate: number;
  readonly targets: readonly Target[];
}

export interface Target {
  readonly resource: Extract<Resource, 'macs' | 'latency'>;
  /** As on the command line. */
  readonly budget: string;
}

/** A way to a plan. */
export interface BenchMethod {
  readonly name: string;
  readonly resource: Target['resource'];
  readonly search: SearchKind;
  readonly haloc?: Partial<HalocSettings>;
  /** Ranks need not be multiples of a step: where one ratio decides, a coarse set would be a handicap. */
  readonly everyRank?: boolean;
  /**
   * Not a method but the answer to a question: what the ranks of another row's plan give with weights fitted to the
   * untouched network, what a method gives with the epochs of a search added to its fine-tuning, or what the model that
   * another row searched gives with more epochs of fine-tuning.
   */
  readonly control?:
    | { readonly planOf: string }
    | { readonly searchEpochsAdded: true }
    | { readonly modelOf: string; readonly epochs: number };
  /** The only network and budget that it is for. */
  readonly only?: { readonly network: string; readonly budget: Target['budget'] };
}

/** Chosen by trials on ResNet-20 (docs/haloc.md); the default is lower, as an untrained network diverged at this weight. */
const halocOfTable: Partial<HalocSettings> = { featureWeight: 5 };

const vggName = 'vgg-64-128-256';

export const methods: readonly BenchMethod[] = [
  { name: 'uniform', resource: 'macs', search: 'uniform', everyRank: true },
  { name: 'evbmf', resource: 'macs', search: 'evbmf', everyRank: true },
  { name: 'greedy', resource: 'macs', search: 'greedy' },
  { name: 'knapsack-energy', resource: 'macs', search: 'knapsack', haloc: { errors: 'energy' } },
  { name: 'knapsack-rise', resource: 'macs', search: 'knapsack' },
  { name: 'haloc-macs', resource: 'macs', search: 'haloc', haloc: halocOfTable },
  { name: 'knapsack-rise-longer', resource: 'macs', search: 'knapsack', control: { searchEpochsAdded: true } },
  {
    name: 'haloc-macs-longer',
    resource: 'macs',
    search: 'haloc',
    control: { modelOf: 'haloc-macs', epochs: 12 },
    only: { network: vggName, budget: '0.278x' },
  },
  { name: 'haloc-macs-refitted', resource: 'macs', search: 'haloc', control: { planOf: 'haloc-macs' } },
  { name: 'uniform', resource: 'latency', search: 'uniform' },
  { name: 'knapsack-rise', resource: 'latency', search: 'knapsack' },
  { name: 'haloc-latency', resource: 'latency', search: 'haloc', haloc: halocOfTable },
  {
    name: 'haloc-latency-longer',
    resource: 'latency',
    search: 'haloc',
    control: { modelOf: 'haloc-latency', epochs: 12 },
    only: { network: vggName, budget: '0.25x' },
  },
];

/** The published reductions of MACs, 72.20 % and 86.44 %, as what is left. */
const macs72: Target = { resource: 'macs', budget: '0.278x' };
const macs86: Target = { resource: 'macs', budget: '0.1356x' };

export const networks: readonly BenchNetwork[] = [
  {
    name: 'resnet20',
    file: 'resnet20-cifar10.onnx',
    classifier: '/linear/Gemm',
    normalisation: 'cifar10',
    searchEpochs: 6,
    epochs: 5,
    rate: 0.02,
    targets: [macs72, { resource: 'latency', budget: '0.8x' }],
  },
  {
    name: vggName,
    file: 'vgg-64-128-256-cifar10.onnx',
    classifier: '/classifier/Gemm',
    normalisation: 'cifar10',
    searchEpochs: 8,
    epochs: 3,
    // Two epochs at the default rate and decay end 0.7 points lower at -72.2 % MACs, with the same ranks (docs/haloc.md).
    haloc: { weightRate: 0.02, weightDecay: 5e-4 },
    rate: 0.01,
    targets: [macs72, macs86, { resource: 'latency', budget: '0.5x' }, { resource: 'latency', budget: '0.25x' }],
  },
];

/**
 * Networks for trials only, never part of the table: one that somebody else trained, on images that include those that
 * judge here, and the small one that `bench:interference` trains.
 */
export const trialNetworks: readonly BenchNetwork[] = [
  {
    name: 'resnet20-pretrained',
    file: 'resnet20_cifar10_bn.onnx',
    classifier: '/linear/Gemm',
    normalisation: 'imagenet',
    searchEpochs: 1,
    epochs: 1,
    rate: 0.01,
    targets: [macs72, { resource: 'latency', budget: '0.8x' }],
  },
  {
    name: 'small',
    file: 'small.onnx',
    classifier: '/classifier/Gemm',
    normalisation: 'cifar10',
    searchEpochs: 2,
    epochs: 2,
    rate: 0.01,
    targets: [macs72],
  },
];

/** One row of the table. */
export interface Row {
  /** Also the name of its folder. */
  readonly id: string;
  readonly network: BenchNetwork;
  /** Absent for the network as it is, and for the network trained on like the others. */
  readonly method?: BenchMethod;
  readonly target?: Target;
  readonly methodName: string;
  /** Whether it is trained on after it was made. */
  readonly tuned: boolean;
}

/** All rows of some networks, in the order of the table: what others need comes first. */
export function rowsOf(chosen: readonly BenchNetwork[]): Row[] {
  return chosen.flatMap((network) => [
    { id: `${network.name}--dense`, network, methodName: 'dense', tuned: false },
    { id: `${network.name}--dense-tuned`, network, methodName: 'dense-tuned', tuned: true },
    ...network.targets.flatMap((target) =>
      methods
        .filter(({ resource }) => resource === target.resource)
        .filter(({ only }) => !only || (only.network === network.name && only.budget === target.budget))
        .map((method) => ({
          id: `${network.name}--${target.resource}-${target.budget}--${method.name}`,
          network,
          method,
          target,
          methodName: method.name,
          tuned: true,
        })),
    ),
  ]);
}

/** The row of the same network and target with another method. */
export function siblingOf(row: Row, method: string): Row {
  const found = rowsOf([row.network]).find(({ target, methodName }) => target === row.target && methodName === method);
  if (!found) throw new Error(`${row.id} has no sibling ${method}.`);
  return found;
}

/** Rows that stand for a question about another row. */
export function isControl({ method, methodName }: Row): boolean {
  return method?.control !== undefined || methodName === 'dense-tuned';
}
