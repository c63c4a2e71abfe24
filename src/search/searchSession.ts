import type { Model } from '../onnx/model';
import { float32, type Tensor } from '../tensor/tensor';
import type { ParameterGroup } from '../training/optimizer';
import { TrainingSession, type TrainingOptions } from '../training/trainer';
import type { BudgetProblem } from './budget';
import { featureValues } from './featureValues';
import type { HalocSettings } from './halocSettings';
import type { SearchTask } from './lossRise';
import { searchInput, searchObjective } from './searchObjective';
import { supernetValue, type Supernet } from './supernet';
import { trainableWeights } from './trainableWeights';

/** The two groups of parameters that are trained in turn. */
export const searchGroup = { weights: 'weights', logits: 'logits' } as const;

/** Training of a supernet: its weights and the logits of its sites, under the budgets; `seed` is that of Dropout. */
export function createSearchSession(
  task: SearchTask,
  supernet: Supernet,
  problems: readonly BudgetProblem[],
  settings: HalocSettings,
  { seed, ...options }: TrainingOptions & { readonly seed?: number },
): Promise<TrainingSession> {
  const { momentum, weightDecay, logitDecay } = settings;
  const factors = supernet.layers.flatMap(({ weights: { u, core, v } }) => (core ? [u, core, v] : [u, v]));
  // Asked of the untouched model: the supernet also multiplies with constants of its own.
  const kept = trainableWeights(task.model).filter((name) => supernet.model.graph.weights.has(name));
  const groups: ParameterGroup[] = [
    {
      name: searchGroup.weights,
      parameters: [...kept, ...factors],
      optimizer:
        settings.weightOptimizer === 'adamW'
          ? { kind: 'adamW', weightDecay }
          : { kind: 'sgd', momentum, nesterov: momentum > 0, weightDecay },
    },
    {
      name: searchGroup.logits,
      parameters: supernet.layers.map((_, i) => supernetValue.logits(i)),
      optimizer: { kind: 'adamW', weightDecay: logitDecay },
    },
  ];
  const features =
    settings.featureWeight > 0
      ? {
          teacher: teacherOf(task.model, supernet),
          values: featureValues(task.model),
          most: settings.featureMaps,
          samples: Math.max(1, Math.round(task.batch * settings.featureShare)),
        }
      : undefined;
  return TrainingSession.create(
    {
      model: supernet.model,
      batch: task.batch,
      data: task.data,
      inputDims: task.inputDims,
      objective: searchObjective(task.objective, problems, settings, features),
      groups,
      seed,
    },
    options,
  );
}

/** What a search step is told besides its data. */
export interface Steering {
  readonly temperature: number;
  /** Gumbel noise of each site. */
  readonly noise: readonly Tensor[];
  /** Price of each budget; used by the budget term "dual". */
  readonly prices: readonly number[];
  /** Curvature of the penalty around a single budget; used by the budget term "dual". */
  readonly damping: number;
  /** Exponent; used by the budget term "factor". */
  readonly hardness: number;
  readonly featureWeight: number;
}

/** The step inputs that the settings ask for. */
export function steeringInputs(
  settings: HalocSettings,
  { temperature, noise, prices, damping, hardness, featureWeight }: Steering,
): Record<string, Tensor> {
  const inputs: Record<string, Tensor> = { [supernetValue.temperature]: scalar(temperature) };
  for (const [i, tensor] of noise.entries()) inputs[supernetValue.noise(i)] = tensor;
  if (settings.budgetTerm === 'dual') {
    for (const [j, price] of prices.entries()) inputs[searchInput.price(j)] = scalar(price);
    if (prices.length === 1) inputs[searchInput.damping] = scalar(damping);
  } else inputs[searchInput.hardness] = scalar(hardness);
  if (settings.featureWeight > 0) inputs[searchInput.featureWeight] = scalar(featureWeight);
  return inputs;
}

/** The untouched model, taking the supernet's inputs: a frozen copy is connected to them in order. */
function teacherOf(model: Model, supernet: Supernet): Model {
  const teacher = model.clone();
  teacher.graph.proto.input = [...supernet.model.graph.inputs];
  teacher.graph.changed();
  return teacher;
}

function scalar(value: number): Tensor {
  return float32([], [value]);
}
