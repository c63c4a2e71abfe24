import type { SyntaxNode, Tree } from '@lezer/common';
import { pythonParser } from '../syntax/python';

/** A Python file with its syntax, for edits. */
export interface PythonText {
  readonly text: string;
  readonly tree: Tree;
}

export function pythonText(text: string): PythonText {
  return { text, tree: pythonParser().parse(text) };
}

export function sliceOf({ text }: PythonText, { from, to }: { readonly from: number; readonly to: number }): string {
  return text.slice(from, to);
}

/** The children of a node. */
export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) children.push(child);
  return children;
}

/** All nodes of these names inside a range, outermost first. */
export function nodesIn(
  { tree }: PythonText,
  names: ReadonlySet<string>,
  from = 0,
  to: number = tree.length,
): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  tree.iterate({
    from,
    to,
    enter: (ref) => {
      if (names.has(ref.name) && ref.from >= from && ref.to <= to) found.push(ref.node);
    },
  });
  return found;
}

/** Spaces or tabs at the start of the line that holds a position. */
export function indentationAt({ text }: PythonText, position: number): string {
  const start = text.lastIndexOf('\n', position - 1) + 1;
  return /^[ \t]*/.exec(text.slice(start, position))![0];
}

/** The text's own step of indentation: a tab, or the spaces of the first indented block; four where there is none. */
export function indentationStep({ text }: PythonText): string {
  const match = /:[ \t]*(?:#[^\n]*)?\r?\n([ \t]+)\S/.exec(text);
  const first = match?.[1] ?? '    ';
  return first.startsWith('\t') ? '\t' : first.length > 8 ? '    ' : first;
}

/** The text's end of line. */
export function lineEnd({ text }: PythonText): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

/** Names that the file's top level binds by imports, with what they stand for: `nn` -> `torch.nn`. */
export function importedNames(python: PythonText): Map<string, string> {
  const names = new Map<string, string>();
  for (const node of nodesIn(python, new Set(['ImportStatement']))) {
    if (indentationAt(python, node.from) !== '') continue;
    const words = sliceOf(python, node)
      .replace(/#.*$/gm, '')
      .replace(/[()\\\s]+/g, ' ')
      .trim();
    const from = /^from (\S+) import (.*)$/.exec(words);
    const list = from ? from[2] : words.replace(/^import /, '');
    for (const item of list.split(',')) {
      const [, path, alias] = /^\s*(\S+)(?: as (\S+))?\s*$/.exec(item) ?? [];
      if (!path) continue;
      if (from) names.set(alias ?? path, `${from[1]}.${path}`);
      else if (alias) names.set(alias, path);
      else names.set(path.split('.')[0], path.split('.')[0]);
    }
  }
  return names;
}

const definitions = new Set(['FunctionDefinition', 'ClassDefinition']);

/** Names that the file defines at its top level: functions, classes, imports and variables. */
export function topLevelNames(python: PythonText): Set<string> {
  const names = new Set(importedNames(python).keys());
  for (const node of childrenOf(python.tree.topNode)) {
    const defined =
      node.name === 'DecoratedStatement' ? childrenOf(node).find(({ name }) => definitions.has(name)) : node;
    const name = defined && definitions.has(defined.name) ? defined.getChild('VariableName') : undefined;
    if (name) names.add(sliceOf(python, name));
    else if (node.name === 'AssignStatement' && node.firstChild) names.add(sliceOf(python, node.firstChild));
  }
  return names;
}

/** The definition of a class or function at the file's top level. */
export function topLevelDefinition(python: PythonText, name: string): SyntaxNode | undefined {
  for (const node of childrenOf(python.tree.topNode)) {
    const defined =
      node.name === 'DecoratedStatement' ? childrenOf(node).find((child) => definitions.has(child.name)) : node;
    const own = defined && definitions.has(defined.name) ? defined.getChild('VariableName') : undefined;
    if (own && sliceOf(python, own) === name) return defined ?? undefined;
  }
  return undefined;
}

/** Where new imports and new definitions go. */
export interface InsertionPoints {
  /** Behind the last import at the head of the file. */
  readonly imports: number;
  /** Before the first statement that is not an import, a docstring or a dunder, with the comments that belong to it. */
  readonly definitions: number;
}

export function insertionPoints(python: PythonText): InsertionPoints {
  const { text } = python;
  const lineAfter = (position: number): number => {
    const end = text.indexOf('\n', position);
    return end < 0 ? text.length : end + 1;
  };
  let imports = text.startsWith('#!') ? lineAfter(0) : 0;
  let behind = imports;
  for (const node of childrenOf(python.tree.topNode)) {
    if (node.name === 'Comment') continue;
    if (!belongsToHead(python, node)) break;
    behind = lineAfter(node.to - 1);
    const docstring = node.name === 'ExpressionStatement';
    if (docstring || nodesIn(python, new Set(['ImportStatement']), node.from, node.to).length > 0) imports = behind;
  }
  return { imports, definitions: startWithComments(python, behind) };
}

/** Start of the first statement behind a position, or of the comments right above it. */
function startWithComments({ text, tree }: PythonText, behind: number): number {
  const next = childrenOf(tree.topNode).find(({ name, from }) => name !== 'Comment' && from >= behind);
  if (!next) return text.length;
  let start = next.from;
  while (start > behind) {
    const above = text.lastIndexOf('\n', start - 2) + 1;
    if (above < behind || text[above] !== '#') break;
    start = above;
  }
  return start;
}

function belongsToHead(python: PythonText, node: SyntaxNode): boolean {
  if (node.name === 'ImportStatement') return true;
  if (node.name === 'ExpressionStatement') return node.firstChild?.name === 'String';
  if (node.name === 'TryStatement' || node.name === 'IfStatement')
    return (
      nodesIn(python, new Set(['ImportStatement']), node.from, node.to).length > 0 &&
      nodesIn(python, new Set(['FunctionDefinition', 'ClassDefinition']), node.from, node.to).length === 0
    );
  return node.name === 'AssignStatement' && /^__\w+__\s*=/.test(sliceOf(python, node));
}
