import * as vscode from 'vscode';
import { readablePackages } from '../../source/environment';

export interface CodeSettings {
  /** `off` is the master switch: no hint, lens, hover or diagnostic. */
  readonly hints: 'off' | 'minimal' | 'all';
  readonly lenses: boolean;
  readonly diagnostics: boolean;
  /** Input shapes with batch dimension; found in the code when empty. */
  readonly input: readonly (readonly number[])[];
  /** Installed packages that are read where code builds on them. */
  readonly packages: readonly string[];
}

export function codeSettings(scope: vscode.TextDocument): CodeSettings {
  const code = vscode.workspace.getConfiguration('layerwise.code', scope);
  return {
    hints: code.get<CodeSettings['hints']>('hints', 'minimal'),
    lenses: code.get('lenses', true),
    diagnostics: code.get('diagnostics', true),
    input: shapesOf(code.get('input', '')),
    packages: namesOf(code.get<unknown>('packages', readablePackages)),
  };
}

/** `1,3,224,224` or, for several inputs, `1,3,224,224; 1,10`. */
function shapesOf(text: string): number[][] {
  return text
    .split(';')
    .map((shape) => shape.split(/[,x]/).map((size) => Number.parseInt(size, 10)))
    .filter((shape) => shape.length > 0 && shape.every((size) => size > 0));
}

/** What a user wrote may be anything. */
function namesOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((name) => typeof name === 'string' && name !== '') : [];
}
