import * as fs from 'node:fs';
import { dirname, resolve } from 'node:path';
import { writeFileAtomic } from '../onnx/atomicFile';
import { layersOf } from '../onnx/layers';
import { readModel } from '../onnx/read';
import { RuntimeProducts } from '../runtime/products';
import { readPlan, type Plan } from '../search/plan';
import { analyzeSource } from '../source/analyze';
import { openCheckpoint } from '../source/checkpoints/openCheckpoint';
import { writeSafetensors } from '../source/checkpoints/writeSafetensors';
import { rewritePlan, type PlanRewrite } from '../source/rewrite/rewritePlan';
import { torchPlanModule } from '../source/rewrite/torchPlanModule';
import type { SourceAnalysis, SourceModel } from '../source/sourceModel';
import type { Model } from '../onnx/model';
import { RunError } from './errors';
import { factoredWeights } from './factoredWeights';
import { installedPackages } from './installedPackages';
import { plannedLayers, plannedWeights, type PlannedLayer } from './sourcePlan';

export interface RewriteRequest {
  /** Python file. */
  readonly file: string;
  readonly plan: string;
  /** Name of the class, function or variable that makes the model; found by the plan when it is left out. */
  readonly entry?: string;
  /** The plan's ONNX model. */
  readonly model?: string;
  /** Python environment whose packages are read, and names of packages besides torchvision. */
  readonly environment?: string;
  readonly packages?: readonly string[];
}

export interface RewrittenSource extends PlanRewrite {
  readonly entry: string;
  readonly layers: readonly PlannedLayer[];
  /** The text before. */
  readonly text: string;
  /** The plan's ONNX model, where it was given. */
  readonly model?: Model;
}

/** Works out how a model's code becomes what a plan says; writes nothing. Throws when the plan and the code do not fit. */
export function rewriteSource(request: RewriteRequest): RewrittenSource {
  const { file, plan: planPath, entry, model: modelPath } = request;
  const plan = readPlan(planPath);
  const model = modelPath === undefined ? undefined : readModel(modelPath);
  const path = resolve(file).replaceAll('\\', '/');
  const text = readText(path);
  if (text === undefined) throw new RunError(`The file ${file} can't be read.`, 'Check the path.');
  const reader = { read: readText };
  const packages = installedPackages(path, request.environment, request.packages);
  let analysis = analyzeSource(path, reader, { packages });
  if (entry !== undefined && !analysis.models.some((found) => found.entry === entry))
    analysis = analyzeSource(path, reader, { packages, entries: [entry] });
  const { source, layers } = fitting(analysis, plan, model, entry);
  const choices = new Map(layers.map(({ path: at, method, rank }) => [at, { method, rank }]));
  const rewrite = rewritePlan(text, analysis, source, choices);
  return { ...rewrite, entry: source.entry, layers, text, ...(model && { model }) };
}

interface Fit {
  readonly source: SourceModel;
  readonly layers: readonly PlannedLayer[];
}

/** The model of a file that a plan is for: the one named, or the only one that has all of the plan's layers. */
function fitting(analysis: SourceAnalysis, plan: Plan, model: Model | undefined, entry: string | undefined): Fit {
  const models = analysis.models.filter((found) => entry === undefined || found.entry === entry);
  if (models.length === 0) {
    throw new RunError(
      entry === undefined ? `No model was found in ${analysis.file}.` : `${analysis.file} has no model ${entry}.`,
      'Name the class or function that makes the model with --entry.',
    );
  }
  const [{ failure, layers: found }] = models;
  if (models.length === 1 && failure !== undefined && found.length === 0)
    throw new RunError(`${models[0].entry} can't be made: ${failure}.`, 'Name another --entry.');
  const fits: Fit[] = [];
  let reason: unknown;
  for (const source of models) {
    try {
      const layers = plannedLayers(plan, new Set(source.layers.map(({ path }) => path)), model);
      fits.push({ source, layers });
    } catch (error) {
      reason ??= error;
    }
  }
  if (fits.length === 0) throw reason;
  // A plan for a small model has layers that a larger one of the family has too; their number tells them apart.
  const count = model && layersOf(model, new Map()).length;
  const same = fits.filter(({ source }) => source.layers.length === count);
  if (same.length === 1) return same[0];
  if (fits.length > 1) {
    const names = fits.map(({ source }) => source.entry);
    throw new RunError(`The plan fits ${names.join(', ')}.`, `Name the one that is meant: --entry ${names[0]}.`);
  }
  return fits[0];
}

function readText(path: string): string | undefined {
  try {
    return fs.readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * Writes the state of the rewritten model, made from a checkpoint of the original one.
 * @returns the number of tensors
 */
export async function writeFactoredWeights(
  { layers, model }: Pick<RewrittenSource, 'layers' | 'model'>,
  checkpointPath: string,
  out: string,
): Promise<number> {
  if (resolve(checkpointPath) === resolve(out))
    throw new RunError(
      'The weights would replace the checkpoint they are made from.',
      'Give --out-weights another name.',
    );
  if (!fs.existsSync(dirname(resolve(out))))
    throw new RunError(`There is no folder ${dirname(out)}.`, 'Make it first, or write elsewhere.');
  const checkpoint = openCheckpoint(checkpointPath);
  const products = new RuntimeProducts();
  try {
    const planned = model && plannedWeights(model, layers);
    const tensors = await factoredWeights(checkpoint, layers, products, planned);
    writeSafetensors(out, tensors);
    return tensors.length;
  } finally {
    checkpoint.close();
    await products.dispose();
  }
}

/** A plan as a Python module that applies it to any live PyTorch model. Throws a RunError for names that tell no path. */
export function planAsTorchModule(planPath: string, modelPath?: string): { code: string; layers: PlannedLayer[] } {
  const plan = readPlan(planPath);
  const layers = plannedLayers(plan, undefined, modelPath === undefined ? undefined : readModel(modelPath));
  if (layers.length === 0) throw new RunError('The plan keeps every layer.', 'Give it ranks first.');
  const ranks = new Map(layers.map(({ path, rank }) => [path, rank]));
  return { code: torchPlanModule({ model: plan.model.name, ranks }), layers };
}

/** Writes a text file at once. Throws a RunError when its folder is absent. */
export function writeText(path: string, text: string): void {
  if (!fs.existsSync(dirname(resolve(path))))
    throw new RunError(`There is no folder ${dirname(path)}.`, 'Make it first, or write elsewhere.');
  writeFileAtomic(path, text);
}
