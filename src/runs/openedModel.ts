import * as fs from 'node:fs';
import type { Model } from '../onnx/model';
import { readModel } from '../onnx/read';
import type { InputDims } from '../hardware/randomInputs';
import { modelLayers, type ModelLayers } from './modelLayers';

/** A model's structure; no large weight is read for it. What holds it must not change it. */
export interface OpenedModel extends ModelLayers {
  readonly path: string;
  readonly model: Model;
}

/** The model opened last: questions about one model come one after another. */
let last: { readonly key: string; readonly opened: OpenedModel } | undefined;

/**
 * Opens a model, or gives the one opened last when its file is still the same.
 * @param inputDims sizes for inputs whose declared sizes are open, by input name
 * Throws a ModelFileError when it can't be read and a RuntimeError when the runtime does not accept it.
 */
export async function openModel(path: string, inputDims: InputDims = {}): Promise<OpenedModel> {
  const { mtimeMs = 0, size = 0 } = fs.statSync(path, { throwIfNoEntry: false }) ?? {};
  const key = JSON.stringify([path, mtimeMs, size, inputDims]);
  if (last?.key === key) return last.opened;
  last = undefined;
  const model = readModel(path);
  const opened = { path, model, ...(await modelLayers(model, inputDims)) };
  last = { key, opened };
  return opened;
}
