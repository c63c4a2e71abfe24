import type * as vscode from 'vscode';
import type { InputDims } from '../../protocol/messages';

interface Remembered {
  /** Sizes that the user gave for inputs that the model leaves open. */
  readonly inputDims?: InputDims;
  /** The data set that the model was compressed with last. */
  readonly data?: string;
}

/** What the user told about a model once, so that nobody asks again. Kept in the workspace's state. */
export class ModelMemory {
  constructor(private readonly memory: vscode.Memento) {}

  of(model: vscode.Uri): Remembered {
    return this.memory.get<Remembered>(keyOf(model), {});
  }

  async set(model: vscode.Uri, change: Remembered): Promise<void> {
    await this.memory.update(keyOf(model), { ...this.of(model), ...change });
  }
}

function keyOf(model: vscode.Uri): string {
  return `model:${model.toString()}`;
}
