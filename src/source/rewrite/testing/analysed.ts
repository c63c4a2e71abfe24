import type { SyntaxNode } from '@lezer/common';
import type {
  LayerInstance,
  SourceAnalysis,
  SourceCall,
  SourceModel,
  SourceRange,
  WrittenArgument,
} from '../../sourceModel';
import { childrenOf, nodesIn, pythonText, sliceOf, type PythonText } from '../pythonText';

/** A layer that a call in a test's text makes, with what its arguments come to. */
export interface MadeLayer {
  readonly path: string;
  /** As in the text: the first call whose text begins so makes the layer. */
  readonly call: string;
  readonly op: string;
  readonly settings?: LayerInstance['settings'];
  readonly parameters?: LayerInstance['parameters'];
  readonly entry?: string;
}

/** An analysis of a text, put together by hand: the calls are found by how they begin. */
export function analysed(
  text: string,
  layers: readonly MadeLayer[],
  entry = 'Net',
): { analysis: SourceAnalysis; model: SourceModel } {
  const python = pythonText(text);
  const instances = layers.map((layer) => instanceOf(python, layer, entry));
  const calls = new Map<number, SourceCall>();
  for (const [i, { call }] of layers.entries()) {
    const node = callNode(python, call);
    const known = calls.get(node.from);
    calls.set(node.from, callOf(python, node, [...(known?.instances ?? []), instances[i]]));
  }
  const model = {
    entry,
    framework: instances[0].framework,
    layers: instances.filter((layer) => layer.entry === entry),
  };
  return {
    model: model as unknown as SourceModel,
    analysis: { file: 'net.py', calls: [...calls.values()], definitions: [] } as unknown as SourceAnalysis,
  };
}

function instanceOf(python: PythonText, layer: MadeLayer, entry: string): LayerInstance {
  const node = callNode(python, layer.call);
  const keras = /D$|^Dense$/.test(layer.op);
  const linear = layer.op === 'Linear' || layer.op === 'Dense';
  return {
    path: layer.path,
    op: layer.op,
    kind: layer.op.includes('Transpose') ? 'transposedConvolution' : linear ? 'linear' : 'convolution',
    framework: keras ? 'keras' : 'torch',
    entry: layer.entry ?? entry,
    settings: { ...(linear ? {} : { groups: 1 }), ...layer.settings },
    parameters: layer.parameters ?? {},
    input: null,
    output: null,
    uses: 1,
    params: null,
    macs: null,
    madeAt: [rangeOf(python, node)],
  };
}

function callNode(python: PythonText, start: string): SyntaxNode {
  const nodes = nodesIn(python, new Set(['CallExpression'])).filter((call) => sliceOf(python, call).startsWith(start));
  // Of calls of calls, such as `Dense(4)(x)`, the inner one makes the layer.
  const node = nodes.filter(({ from }) => from === nodes[0].from).at(-1);
  if (!node) throw new Error(`There is no call ${start}.`);
  return node;
}

function rangeOf({ text }: PythonText, { from, to }: { from: number; to: number }): SourceRange {
  return { file: 'net.py', from, to, line: text.slice(0, from).split('\n').length };
}

function callOf(python: PythonText, node: SyntaxNode, instances: readonly LayerInstance[]): SourceCall {
  const statement = node.parent!;
  const target = statement.name === 'AssignStatement' && statement.lastChild?.from === node.from;
  return {
    range: rangeOf(python, node),
    callee: sliceOf(python, node.firstChild!),
    calleeRange: rangeOf(python, node.firstChild!),
    role: 'layer',
    written: argumentsIn(python, node.getChild('ArgList')!),
    ...(target && { target: sliceOf(python, statement.firstChild!) }),
    statement: rangeOf(python, statement),
    instances,
  };
}

function argumentsIn(python: PythonText, list: SyntaxNode): WrittenArgument[] {
  const written: WrittenArgument[] = [];
  let pending: SyntaxNode[] = [];
  for (const node of childrenOf(list).slice(1)) {
    if (node.name === 'Comment') continue;
    if (node.name !== ',' && node.name !== ')') pending.push(node);
    else if (pending.length > 0) {
      const [first, second] = pending;
      const keyword = first.name === '*' || first.name === '**' ? first.name : undefined;
      const named = second?.name === 'AssignOp' ? sliceOf(python, first) : keyword;
      const [from, to] = [first.from, pending.at(-1)!.to];
      const valueFrom = keyword ? second.from : named === undefined ? from : pending[2].from;
      written.push({
        ...(named !== undefined && { keyword: named }),
        range: rangeOf(python, { from, to }),
        value: rangeOf(python, { from: valueFrom, to }),
      });
      pending = [];
    }
  }
  return written;
}
