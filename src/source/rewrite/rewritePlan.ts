import type { SyntaxNode } from '@lezer/common';
import type { LayerInstance, SourceAnalysis, SourceModel } from '../sourceModel';
import type { SourceChoice } from './choice';
import { RewriteError } from './errors';
import { sequentialName, torchNames } from './frameworkNames';
import { factorize } from './helpers';
import { inlineForm } from './inlineForm';
import { insertHelpers } from './insertHelpers';
import { callObstacle, choiceObstacle, layerObstacle, useObstacle } from './obstacles';
import { childrenOf, indentationAt, indentationStep, lineEnd, nodesIn, pythonText, sliceOf } from './pythonText';
import { topLevelDefinition, type PythonText } from './pythonText';
import { helperEdits, type ChosenCall, type Rewrite } from './rewriteCall';
import { checked } from './checked';
import type { TextEdit } from './textEdit';

export interface PlanRewrite extends Rewrite {
  /**
   * `calls`: the constructor calls themselves are rewritten. `table`: the layers are exchanged after the model is made, by a
   * table of ranks under their paths.
   */
  readonly form: 'calls' | 'table';
}

/**
 * Rewrites a model's code by a plan.
 *
 * Where every call that the plan touches makes layers of one and the same choice, the calls are rewritten: a single one in
 * place, several by helper functions. Otherwise one call makes layers of different ranks (a block used in many places), or
 * the layers are made in another file, or for other models too; then the code of the model stays, and a table of ranks
 * with a function behind the constructor exchanges the layers by their paths. One file gets one of the two, never a mixture.
 *
 * Throws a RewriteError that names the layer which stands in the way.
 * @param choices by the layers' paths; layers that are not named stay
 */
export function rewritePlan(
  text: string,
  analysis: SourceAnalysis,
  model: SourceModel,
  choices: ReadonlyMap<string, SourceChoice>,
): PlanRewrite {
  const python = pythonText(text);
  const chosen = chosenLayers(model, choices);
  const count = `${chosen.length} layer${chosen.length === 1 ? '' : 's'}`;
  const title = `Apply the plan to ${model.entry}: ${count}`;
  const calls = uniformCalls(python, analysis, chosen);
  if (calls) return { title, form: 'calls', edits: checked(python, callEdits(python, calls)) };
  if (model.framework !== 'torch') {
    throw new RewriteError(
      `Some calls in ${model.entry} make layers for which the plan has different ranks.`,
      'Write the layers of this Keras model out one by one, or give these layers one rank.',
    );
  }
  return { title, form: 'table', edits: checked(python, tableEdits(python, analysis, model, chosen)) };
}

interface ChosenLayer {
  readonly instance: LayerInstance;
  readonly choice: SourceChoice;
}

function chosenLayers(model: SourceModel, choices: ReadonlyMap<string, SourceChoice>): ChosenLayer[] {
  const byPath = new Map(model.layers.map((layer) => [layer.path, layer]));
  const chosen = [...choices].map(([path, choice]) => {
    const instance = byPath.get(path);
    if (!instance)
      throw new RewriteError(
        `The plan names ${path}, which ${model.entry} does not have.`,
        'The code and the model that the plan was made for differ: export the model and search again.',
      );
    const obstacle = layerObstacle(instance) ?? choiceObstacle([instance], choice);
    if (obstacle) throw new RewriteError(`${path}: ${obstacle.reason}`, obstacle.hint);
    return { instance, choice };
  });
  if (chosen.length === 0) throw new RewriteError('The plan keeps every layer.', 'Give it ranks first.');
  return chosen;
}

/** The calls to rewrite; `undefined` when they can't carry the plan. */
function uniformCalls(
  python: PythonText,
  analysis: SourceAnalysis,
  chosen: readonly ChosenLayer[],
): ChosenCall[] | undefined {
  const keyOf = ({ entry, path }: LayerInstance): string => JSON.stringify([entry, path]);
  const choiceOf = new Map(chosen.map(({ instance, choice }) => [keyOf(instance), choice]));
  const calls: ChosenCall[] = [];
  let covered = 0;
  for (const call of analysis.calls) {
    if (call.role !== 'layer') continue;
    const own = call.instances.map((instance) => choiceOf.get(keyOf(instance)));
    const [first] = own.filter((choice) => choice !== undefined);
    if (!first) continue;
    // Layers of other models and layers that stay have no choice here.
    if (own.some((choice) => choice?.method !== first.method || choice.rank !== first.rank)) return undefined;
    if (callObstacle(python, call)) return undefined;
    covered += own.length;
    calls.push({ call, choice: first });
  }
  return covered === chosen.length ? calls : undefined;
}

function callEdits(python: PythonText, calls: readonly ChosenCall[]): TextEdit[] {
  const [{ call, choice }] = calls;
  const { framework } = call.instances[0];
  if (calls.length > 1) return helperEdits(python, calls);
  const { name, missing } = sequentialName(python, framework);
  try {
    const edits = calls.map((item) => {
      const { from, to } = item.call.range;
      return { from, to, insert: inlineForm(python, item.call, item.choice, name) };
    });
    return [...edits, ...insertHelpers(python, '', missing, [])];
  } catch (error) {
    if (!RewriteError.is(error)) throw error;
    return helperEdits(python, [{ call, choice }]);
  }
}

function tableEdits(
  python: PythonText,
  analysis: SourceAnalysis,
  model: SourceModel,
  chosen: readonly ChosenLayer[],
): TextEdit[] {
  const shared = analysis.definitions.find(({ name, kind }) => name === model.entry && kind === 'class');
  const other = shared?.uses.find(({ entry }) => entry !== model.entry);
  if (other) {
    throw new RewriteError(
      `${other.entry} makes a ${model.entry} too, and its layers would change with it.`,
      `Apply the plan to a function that makes this one model, such as ${other.entry}.`,
    );
  }
  for (const { instance } of chosen) checkExchangeable(python, analysis, instance);
  const end = lineEnd(python);
  const step = indentationStep(python);
  const table = `${model.entry
    .replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_')
    .replace(/\W/g, '_')
    .toUpperCase()}_RANKS`;
  const lines = chosen.map(({ instance, choice }) => `${step}${JSON.stringify(instance.path)}: ${choice.rank},`);
  const block = [`${table} = {`, ...lines, '}'].join(end);
  const { prefix, missing } = torchNames(python);
  return [...applicationEdits(python, model, table), ...insertHelpers(python, prefix, missing, [factorize], [block])];
}

/** Modules of PyTorch that read the weights of the layers inside them. */
const readsItsLayers = /^(MultiheadAttention|Transformer(En|De)coder(Layer)?|Transformer)$/;

function checkExchangeable(python: PythonText, { file, calls }: SourceAnalysis, { path, madeAt }: LayerInstance): void {
  for (const [depth, made] of madeAt.entries()) {
    if (made.file !== file) continue;
    const call = calls.find(({ range }) => range.from === made.from && range.to === made.to);
    const name = call?.callee.split('.').at(-1) ?? '';
    if (depth === 0 && readsItsLayers.test(name))
      throw new RewriteError(`${path}: ${name} reads the weight of this layer itself.`, 'Keep this layer in the plan.');
    const obstacle = call && (call.role === 'layer' || call.role === 'helper') ? useObstacle(python, call) : undefined;
    if (obstacle) throw new RewriteError(`${path}: ${obstacle.reason}`, obstacle.hint);
  }
}

/** Edits that call `factorize` where the model is ready: behind its constructor's last statement or around what it returns. */
function applicationEdits(python: PythonText, model: SourceModel, table: string): TextEdit[] {
  const definition = topLevelDefinition(python, model.entry);
  if (definition?.name === 'ClassDefinition') return [constructorEdit(python, definition, table)];
  if (definition?.name === 'FunctionDefinition') return returnEdits(python, definition, model, table);
  const assigned = childrenOf(python.tree.topNode).filter(
    (node) => node.name === 'AssignStatement' && node.firstChild && sliceOf(python, node.firstChild) === model.entry,
  );
  const value = assigned[0]?.lastChild;
  if (assigned.length === 1 && value) return wrapped(value, table);
  throw new RewriteError(
    `Where ${model.entry} is made can't be told from the file's top level.`,
    'Make the model in a function or a class of this file.',
  );
}

function wrapped({ from, to }: SyntaxNode, table: string): TextEdit[] {
  return [
    { from, to: from, insert: 'factorize(' },
    { from: to, to, insert: `, ${table})` },
  ];
}

function constructorEdit(python: PythonText, definition: SyntaxNode, table: string): TextEdit {
  const end = lineEnd(python);
  const body = definition.getChild('Body')!;
  const methods = childrenOf(body).filter((node) => node.name === 'FunctionDefinition');
  const init = methods.find((node) => sliceOf(python, node.getChild('VariableName')!) === '__init__');
  const outside = indentationAt(python, (init ?? body.lastChild!).from);
  if (!init) {
    const inside = outside + indentationStep(python);
    const lines = [
      '',
      `${outside}def __init__(self, *args, **kwargs):`,
      `${inside}super().__init__(*args, **kwargs)`,
      `${inside}factorize(self, ${table})`,
    ];
    const at = trimmedEnd(python, body);
    return { from: at, to: at, insert: end + lines.join(end) };
  }
  const statements = init.getChild('Body')!;
  const returns = nodesIn(python, new Set(['ReturnStatement']), statements.from, statements.to);
  if (returns.some((node) => functionAround(node)?.from === init.from))
    throw new RewriteError(
      `The constructor of ${sliceOf(python, definition.getChild('VariableName')!)} returns early.`,
      'Let it run to its end.',
    );
  const at = trimmedEnd(python, statements);
  const [first] = childrenOf(statements).filter(({ name }) => name !== ':' && name !== 'Comment');
  const inside = indentationAt(python, first.from);
  if (inside.length !== first.from - (python.text.lastIndexOf('\n', first.from) + 1))
    throw new RewriteError(
      "The constructor's body stands on the line of its head.",
      'Put each statement on its own line.',
    );
  return { from: at, to: at, insert: `${end}${inside}factorize(self, ${table})` };
}

function returnEdits(python: PythonText, definition: SyntaxNode, { entry }: SourceModel, table: string): TextEdit[] {
  const returns = nodesIn(python, new Set(['ReturnStatement']), definition.from, definition.to).filter(
    (node) => functionAround(node)?.from === definition.from,
  );
  const edits = returns.flatMap((node) => {
    const values = childrenOf(node).slice(1);
    if (values.length !== 1)
      throw new RewriteError(`${entry} returns something beside the model.`, 'Let it return the model alone.');
    return wrapped(values[0], table);
  });
  if (edits.length === 0) throw new RewriteError(`${entry} returns no model.`, 'Let it return the model.');
  return edits;
}

function functionAround(node: SyntaxNode): SyntaxNode | undefined {
  let at = node.parent;
  while (at && at.name !== 'FunctionDefinition' && at.name !== 'LambdaExpression') at = at.parent;
  return at ?? undefined;
}

/** End of a body without the line ends and comments behind its last statement. */
function trimmedEnd({ text }: PythonText, body: SyntaxNode): number {
  const last = childrenOf(body)
    .filter(({ name }) => name !== 'Comment')
    .at(-1)!;
  const end = text.indexOf('\n', last.from + text.slice(last.from, last.to).trimEnd().length);
  const line = end < 0 ? text.length : end;
  return text[line - 1] === '\r' ? line - 1 : line;
}
