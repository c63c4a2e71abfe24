import { modelTotals, type ModelTotals } from '../onnx/layers';
import { readModel } from '../onnx/read';
import { writeModel } from '../onnx/write';
import type { AppliedLayer } from '../methods/shared/method';
import type { InputDims } from '../hardware/randomInputs';
import { parsePlan, type Plan } from '../search/plan';
import { applyPlan } from './applyPlan';
import { modelLayers } from './modelLayers';
import { assertNotSource } from './trainModel';

export interface AppliedFile {
  readonly before: ModelTotals;
  readonly after: ModelTotals;
  readonly applied: readonly AppliedLayer[];
}

/**
 * Writes the model that a plan makes of another one; nothing is trained. Throws a PlanError when the plan does not fit the
 * model and a RunError when `out` is the model itself.
 */
export async function applyToFile(
  path: string,
  plan: Plan,
  out: string,
  inputDims: InputDims = {},
): Promise<AppliedFile> {
  assertNotSource(path, out);
  const model = readModel(path);
  const before = await modelLayers(model, inputDims);
  const { model: result, applied } = await applyPlan(model, before.statuses, plan);
  const after = await modelLayers(result, inputDims);
  writeModel(result, out);
  return { before: modelTotals(model, before.layers), after: modelTotals(result, after.layers), applied };
}

/** The same for the text of a plan file; tells the layers that were rewritten. */
export async function applyPlanText(
  path: string,
  plan: string,
  out: string,
  inputDims?: InputDims,
): Promise<{ model: string; layers: { name: string; rank?: number }[] }> {
  const { applied } = await applyToFile(path, parsePlan(plan), out, inputDims);
  return {
    model: out,
    layers: applied.map(({ layer, choice }) => ({ name: layer, ...(choice.kind === 'rank' && { rank: choice.rank }) })),
  };
}
