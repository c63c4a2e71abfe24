import { TreeFragment, type SyntaxNode, type Tree } from '@lezer/common';
import { parser } from '@lezer/python';
import type { Chunk, Statement } from './ast';
import { withoutUnfinished } from './repair';
import { buildStatement } from './statements';

/** One top-level statement (or group of them on one line) of a file. */
export interface TopLevel {
  readonly chunk: Chunk;
  /** Built on first need. */
  readonly statements: () => readonly Statement[];
}

export interface ParsedFile {
  readonly file: string;
  readonly text: string;
  readonly statements: readonly TopLevel[];
  /** Directives in comments: `# layerwise: ...`. */
  readonly comments: readonly { readonly from: number; readonly text: string }[];
  readonly incomplete: boolean;
  /** Line of an offset, from 1. */
  lineOf(offset: number): number;
}

/** What is kept of a file between two parses. */
interface Kept {
  readonly parsed: ParsedFile;
  /** The text that was given to the parser: the file's own, or with unfinished statements blanked. */
  readonly given: string;
  readonly tree: Tree;
}

/** Parses files and keeps their trees, so that a small change costs little. */
export class Parser {
  private readonly kept = new Map<string, Kept>();

  parse(file: string, text: string): ParsedFile {
    const before = this.kept.get(file);
    if (before?.parsed.text === text) return before.parsed;
    let given = text;
    let tree = reparse(before, given);
    const incomplete = hasError(tree);
    if (incomplete) {
      given = withoutUnfinished(text);
      if (given !== text) tree = reparse(before, given);
    }
    const statements = topLevel(file, given, tree, before?.parsed);
    const parsed: ParsedFile = {
      file,
      text,
      statements,
      comments: directives(text),
      incomplete,
      lineOf: lineFinder(text),
    };
    this.kept.set(file, { parsed, given, tree });
    return parsed;
  }
}

function reparse(before: Kept | undefined, text: string): Tree {
  if (before === undefined) return parser.parse(text);
  const old = before.given;
  let start = 0;
  const shorter = Math.min(old.length, text.length);
  while (start < shorter && old.charCodeAt(start) === text.charCodeAt(start)) start++;
  let end = 0;
  while (end < shorter - start && old.charCodeAt(old.length - 1 - end) === text.charCodeAt(text.length - 1 - end))
    end++;
  const fragments = TreeFragment.applyChanges(TreeFragment.addTree(before.tree), [
    { fromA: start, toA: old.length - end, fromB: start, toB: text.length - end },
  ]);
  return parser.parse(text, fragments);
}

function hasError(tree: Tree): boolean {
  let found = false;
  tree.iterate({
    enter: (node) => {
      if (node.type.isError) found = true;
      return !found;
    },
  });
  return found;
}

function topLevel(file: string, text: string, tree: Tree, before: ParsedFile | undefined): TopLevel[] {
  const reusable = new Map<string, TopLevel[]>();
  for (const statement of before?.statements ?? []) {
    const same = reusable.get(statement.chunk.text);
    if (same === undefined) reusable.set(statement.chunk.text, [statement]);
    else same.push(statement);
  }
  const statements: TopLevel[] = [];
  for (let node = tree.topNode.firstChild; node !== null; node = node.nextSibling) {
    if (node.name === 'Comment') continue;
    const content = text.slice(node.from, node.to);
    const reused = reusable.get(content)?.shift();
    if (reused !== undefined) {
      reused.chunk.start = node.from;
      statements.push(reused);
    } else statements.push(newStatement({ file, text: content, start: node.from }, node));
  }
  return statements;
}

function newStatement(chunk: Chunk, node: SyntaxNode): TopLevel {
  const base = node.from;
  let built: readonly Statement[] | undefined;
  return { chunk, statements: () => (built ??= buildStatement({ chunk, base }, node)) };
}

function directives(text: string): { from: number; text: string }[] {
  return [...text.matchAll(/#\s*layerwise:\s*([^\n]*)/g)].map((match) => ({ from: match.index, text: match[1] }));
}

function lineFinder(text: string): (offset: number) => number {
  let starts: number[] | undefined;
  return (offset) => {
    if (starts === undefined) {
      starts = [0];
      for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
    }
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle] <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  };
}
