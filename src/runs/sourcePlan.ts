import { layersOf, type Layer } from '../onnx/layers';
import type { Model } from '../onnx/model';
import { layerKernel } from '../methods/shared/layerKernel';
import { matrixLayer } from '../methods/svd/matrixLayer';
import type { Tensor } from '../tensor/tensor';
import { choiceOf, type Plan } from '../search/plan';
import { modulePath } from '../source/rewrite/modulePaths';
import { RunError } from './errors';
import type { FactoredLayer, PlannedWeights } from './factoredWeights';

/** A layer of a model's code with the choice that a plan makes for it. */
export interface PlannedLayer extends FactoredLayer {
  /** Its name in the plan. */
  readonly site: string;
}

/**
 * The layers of a model's code that a plan gives a rank, by the names that PyTorch's exporter gives to nodes and weights.
 * Throws a RunError that names the first layer whose path can't be told.
 * @param paths those of the layers in the code, where the code is known
 * @param model the ONNX model of the plan, whose weights may bear the names that nodes lack
 */
export function plannedLayers(plan: Plan, paths?: ReadonlySet<string>, model?: Model): PlannedLayer[] {
  const layers = new Map<string, Layer>(model && layersOf(model, new Map()).map((layer) => [layer.name, layer]));
  const planned: PlannedLayer[] = [];
  for (const [site, { method }] of Object.entries(plan.sites)) {
    const choice = choiceOf(plan, site);
    if (choice.kind === 'keep') continue;
    const path = modulePath({ node: site, weight: layers.get(site)?.weight }, paths);
    if (path === undefined) throw unnamed(site, paths, model);
    const twin = planned.find((other) => other.path === path);
    if (twin)
      throw new RunError(
        `The plan's layers ${twin.site} and ${site} are both ${path} in the code.`,
        'A layer that is used twice can have one rank only: keep one of the two in the plan.',
      );
    planned.push({ site, path, method, rank: choice.rank });
  }
  return planned;
}

/** The weights of these layers as the plan's model has them, `[O, I, ...k]`, by path. */
export function plannedWeights(model: Model, layers: readonly PlannedLayer[]): PlannedWeights {
  return new Map(
    layers.map(({ site, path, method }): [string, Tensor<Float64Array>] => {
      if (method === 'svd') return [path, matrixLayer(model, site).matrix()];
      return [path, layerKernel(model, site).read()];
    }),
  );
}

function unnamed(site: string, paths: ReadonlySet<string> | undefined, model: Model | undefined): RunError {
  if (paths)
    return new RunError(
      `The plan's layer ${site} is none of the ${paths.size} layers in the code.`,
      model
        ? `The code has ${[...paths].slice(0, 3).join(', ')}, ...; name the layers so in the plan, or name the model's class or function with --entry.`
        : 'Give the ONNX model of the plan with --model, whose weights may bear the names, or another --entry.',
    );
  return new RunError(
    `Where ${site} is in a PyTorch model can't be told from its name.`,
    model
      ? 'Name the layers in the plan as PyTorch does, such as layer1.0.conv1.'
      : 'Give the ONNX model of the plan with --model, whose weights may bear the names.',
  );
}
