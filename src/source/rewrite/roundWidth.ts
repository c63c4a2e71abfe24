import type { SyntaxNode } from '@lezer/common';
import type { LayerInstance, SourceAnalysis, SourceCall, SourceModel } from '../sourceModel';
import { parametersOf } from './callArguments';
import { checked } from './checked';
import { RewriteError } from './errors';
import { childrenOf, nodesIn, pythonText, sliceOf, type PythonText } from './pythonText';
import type { Rewrite } from './rewriteCall';
import { applyEdits } from './textEdit';

/** Arguments that say how many channels or features a layer has: outputs, inputs, and those of normalisations. */
const widthArguments = new Set([
  'out_channels',
  'out_features',
  'filters',
  'units',
  'in_channels',
  'in_features',
  'num_features',
  'num_channels',
  'normalized_shape',
  'num_parameters',
]);

/** The first positional arguments of layers that carry one of these, by class. */
const positions: Readonly<Record<string, number>> = {
  BatchNorm1d: 1,
  BatchNorm2d: 1,
  BatchNorm3d: 1,
  InstanceNorm1d: 1,
  InstanceNorm2d: 1,
  LayerNorm: 1,
  PReLU: 1,
};

/**
 * Gives a layer another width, such as one that fills the device's vectors: `33 -> 32 channels`. A width that stands in a
 * name is changed where the name gets its number. A number in the call itself is changed in all layers of the same class
 * or function that are joined to it. The result is read again: it is refused unless the model evaluates as before, with the
 * same output and every normalisation as wide as what it gets. Weights are not kept: the model is to be trained anew.
 *
 * Throws a RewriteError, with the reason, where that can't be had.
 * @param analyze reads a text in place of the file's
 */
export function roundWidth(
  text: string,
  analysis: SourceAnalysis,
  call: SourceCall,
  width: number,
  analyze: (text: string) => SourceAnalysis,
): Rewrite {
  const python = pythonText(text);
  const before = widthOf(call);
  const value = outputArgument(python, call);
  const edits = checked(
    python,
    (/^\d+$/.test(value.text)
      ? literals(python, analysis, call, before)
      : [namedLiteral(python, value.node, value.text, before)]
    ).map(({ from, to }) => ({ from, to, insert: String(width) })),
  );
  verify(analysis, analyze(applyEdits(text, edits)), call, width);
  return { title: `${before} -> ${width} channels`, edits };
}

function outputOf({ settings }: LayerInstance): unknown {
  return settings.out_channels ?? settings.out_features ?? settings.filters ?? settings.units;
}

function widthOf({ instances, callee }: SourceCall): number {
  const widths = new Set(instances.map(outputOf));
  const [width] = widths;
  if (widths.size !== 1 || typeof width !== 'number') {
    throw new RewriteError(
      widths.size > 1 ? `${callee} makes layers of several widths.` : `The width of ${callee} is not known.`,
      'Change the widths where they are chosen.',
    );
  }
  return width;
}

interface Written {
  readonly node: SyntaxNode;
  readonly text: string;
}

function outputArgument(python: PythonText, call: SourceCall): Written {
  const order = parametersOf.get(call.instances[0].op) ?? [];
  const index = call.written.findIndex(({ keyword }, i) =>
    /^(out_channels|out_features|filters|units)$/.test(keyword ?? order[i] ?? ''),
  );
  const value = call.written[index]?.value;
  if (!value || call.written.slice(0, index).some(({ keyword }) => keyword?.startsWith('*')))
    throw new RewriteError(`${call.callee} does not show its width.`, 'Write the width as an argument of the call.');
  return { node: python.tree.resolveInner(value.from, 1), text: sliceOf(python, value) };
}

/** Every number of this size that says a width, in the calls of the class or function around the call. */
function literals(python: PythonText, { calls }: SourceAnalysis, call: SourceCall, width: number): SyntaxNode[] {
  const scope = scopeAround(python, call.range.from);
  const found = new Map<number, SyntaxNode>();
  for (const other of calls) {
    if (other.range.from < scope.from || other.range.to > scope.to || other.instances.length === 0) continue;
    const { op } = other.instances[0];
    const order = parametersOf.get(op) ?? [];
    for (const [i, { keyword, value }] of other.written.entries()) {
      const means = keyword !== undefined ? widthArguments.has(keyword) : widthArguments.has(order[i] ?? '');
      if (!means && !(keyword === undefined && i < (positions[op] ?? 0))) continue;
      for (const node of nodesIn(python, new Set(['Number']), value.from, value.to))
        if (Number(sliceOf(python, node)) === width) found.set(node.from, node);
    }
  }
  return [...found.values()];
}

function scopeAround({ tree }: PythonText, position: number): SyntaxNode {
  let scope: SyntaxNode = tree.topNode;
  for (let node: SyntaxNode | null = tree.resolveInner(position, 1); node; node = node.parent) {
    if (node.name === 'ClassDefinition') return node;
    if (node.name === 'FunctionDefinition' && scope === tree.topNode) scope = node;
  }
  return scope;
}

/** The number that a name stands for: its only assignment or default, from the inside out. */
function namedLiteral(python: PythonText, node: SyntaxNode, name: string, width: number): SyntaxNode {
  if (/^[A-Za-z_]\w*$/.test(name)) {
    for (let scope: SyntaxNode | null = node.parent; scope; scope = scope.parent) {
      if (scope.name !== 'FunctionDefinition' && scope.name !== 'Script') continue;
      const bound = bindings(python, scope, name);
      if (bound.length === 0) continue;
      const [number] = bound;
      if (bound.length === 1 && number?.name === 'Number' && Number(sliceOf(python, number)) === width) return number;
      break;
    }
  }
  throw new RewriteError(`The width ${name} is decided elsewhere.`, 'Change it where it gets its number.');
}

/** What is assigned to a name directly in a scope, or is its default there; `null` for what is no plain value. */
function bindings(python: PythonText, scope: SyntaxNode, name: string): (SyntaxNode | null)[] {
  const found: (SyntaxNode | null)[] = [];
  for (const node of nodesIn(python, new Set(['AssignStatement', 'ForStatement']), scope.from, scope.to)) {
    if (innermost(node) !== scope.from) continue;
    const children = childrenOf(node);
    const names = children.filter((child) => child.name === 'VariableName' && sliceOf(python, child) === name);
    if (names.length === 0 || names[0].from === children.at(-1)!.from) continue;
    found.push(children.length === 3 && node.name === 'AssignStatement' ? children[2] : null);
  }
  const parameters = childrenOf(scope.getChild('ParamList') ?? scope);
  for (const [i, child] of parameters.entries()) {
    if (scope.name !== 'FunctionDefinition' || child.name !== 'VariableName' || sliceOf(python, child) !== name)
      continue;
    // `width: int = 33` has its type between the name and the sign.
    const rest = parameters.slice(i + 1).filter((part) => part.name !== 'TypeDef');
    found.push(rest[0]?.name === 'AssignOp' ? rest[1] : null);
  }
  return found;
}

function innermost(node: SyntaxNode): number {
  let at = node.parent;
  while (at && at.name !== 'FunctionDefinition' && at.name !== 'Script') at = at.parent;
  return at?.from ?? 0;
}

/** Throws a RewriteError unless every model of the edited text is the old one with other widths inside. */
function verify(before: SourceAnalysis, after: SourceAnalysis, call: SourceCall, width: number): void {
  const refuse = (why: string): RewriteError =>
    new RewriteError(
      `With ${width} channels ${why}.`,
      'The width is joined to other layers: change them together by hand.',
    );
  for (const old of before.models) {
    const found = after.models.find(({ entry }) => entry === old.entry);
    if (!found || (found.failure !== undefined && old.failure === undefined))
      throw refuse(`${old.entry} can't be made`);
    const [point] = found.unknown;
    if (found.unknown.length > old.unknown.length && point)
      throw refuse(`line ${point.range.line} fails (${point.reason})`);
    const paths = ({ layers }: SourceModel): string => layers.map(({ path }) => path).join();
    if (paths(found) !== paths(old)) throw refuse(`${old.entry} has other layers`);
    if (String(found.output) !== String(old.output))
      throw refuse(`the output of ${old.entry} is ${found.output?.join('x')}`);
    const narrow = found.elementwise.find((layer) => !normalisationFits(layer));
    if (narrow) throw refuse(`${narrow.path} does not fit what it gets`);
    for (const { path, entry } of call.instances) {
      if (entry !== old.entry) continue;
      const layer = found.layers.find((candidate) => candidate.path === path);
      if (!layer || outputOf(layer) !== width) throw refuse(`${path} stays as wide as it is`);
    }
  }
}

function normalisationFits({ op, settings, input }: LayerInstance): boolean {
  const { num_features: features } = settings;
  if (!/^(Batch|Instance)Norm/.test(op) || typeof features !== 'number' || typeof input?.[1] !== 'number') return true;
  return input[1] === features;
}
