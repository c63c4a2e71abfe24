import type { Model } from '../onnx/model';
import type { Objective } from '../training/objective';
import { featureMaps } from '../training/objectives/featureMaps';

/**
 * The relative squared distance of a model's outputs from those of the untouched model: what a search minimises where there
 * are inputs but no labels (docs/haloc.md, Without data). Its rise is 0 for keep, and its base is 0.
 */
export function outputError(untouched: Model): Objective {
  return featureMaps({ teacher: untouched, values: untouched.graph.outputs.map(({ name }) => name) });
}
