import type { Tree } from '@lezer/common';
import type { Chunk, Span, Statement } from './ast';
import { parseDirectly } from './direct/statements';
import { pythonParser } from './python';
import { withoutUnfinished } from './repair';
import { buildStatement } from './statements';
import { topLevelPieces, type Piece } from './topLevel';

/** The first line of a class that holds no calls. */
const plainHead = /^class[ \t]+\w+[ \t]*(?:\([\w \t.,=]*\))?[ \t]*:(?=[ \t]*\r?\n)/;

/** One top-level statement (or group of them on one line) of a file. */
export class TopLevel {
  private built: readonly Statement[] | undefined;
  private defined: Statement | undefined;
  /** Whether it was looked at and has syntax errors. */
  broken = false;

  constructor(
    readonly chunk: Chunk,
    /** What it defines, which is known before it is parsed. */
    readonly defines: Piece['defines'],
  ) {}

  /** Parsed and built on first need: what is whole directly, what is half-typed or rare by way of a tree. */
  get statements(): readonly Statement[] {
    this.built ??= parseDirectly(this.chunk) ?? this.fromTree();
    return this.built;
  }

  /** The definition, or a hole where it is too broken to be one. What is in a class is parsed when it is asked for. */
  get definition(): Statement {
    return (this.defined ??= this.classByHead() ?? this.whole());
  }

  private whole(): Statement {
    const { defines, statements, chunk } = this;
    const found = statements.find((one) => one.kind === defines?.kind && one.name === defines.name);
    return found ?? { kind: 'hole', from: 0, to: chunk.text.length };
  }

  private classByHead(): Statement | undefined {
    const { chunk, built } = this;
    const head = built === undefined ? plainHead.exec(chunk.text)?.[0] : undefined;
    const [statement] = (head && parseDirectly({ ...chunk, text: `${head} pass` })) || [];
    if (statement?.kind !== 'class') return undefined;
    const body = (): readonly Statement[] => {
      const whole = this.whole();
      return whole.kind === 'class' ? whole.body() : [];
    };
    return { ...statement, chunk, to: chunk.text.length, body };
  }

  private fromTree(): Statement[] {
    const { text } = this.chunk;
    const parser = pythonParser();
    let tree = parser.parse(text);
    this.broken = hasError(tree);
    if (this.broken) {
      const finished = withoutUnfinished(text);
      if (finished !== text) tree = parser.parse(finished);
    }
    const built: Statement[] = [];
    for (let node = tree.topNode.firstChild; node !== null; node = node.nextSibling)
      if (node.name !== 'Comment') built.push(...buildStatement({ chunk: this.chunk, base: 0 }, node));
    return built;
  }
}

export interface ParsedFile {
  readonly file: string;
  readonly text: string;
  readonly statements: readonly TopLevel[];
  /** Directives in comments: `# layerwise: ...`. */
  readonly comments: readonly { readonly from: number; readonly text: string }[];
  /** The text has syntax errors in what was looked at so far, as it does while typing. */
  readonly incomplete: boolean;
  /** Line of an offset, from 1. */
  lineOf(offset: number): number;
}

/** A place in a statement, which stays right while that moves. */
export interface Placement extends Span {
  readonly chunk: Chunk;
}

/** The top-level statement at an offset; undefined between them. */
export function topLevelAt({ statements }: ParsedFile, offset: number): TopLevel | undefined {
  return statements.find(({ chunk: { start, text } }) => offset >= start && offset < start + text.length);
}

/** The place of an offset; undefined between the statements. */
export function placementAt(parsed: ParsedFile, offset: number): Placement | undefined {
  const chunk = topLevelAt(parsed, offset)?.chunk;
  return chunk && { chunk, from: offset - chunk.start, to: offset - chunk.start };
}

/** What is read once from a text, and remembered as long as that is. */
export function ofText<T extends object>(read: (parsed: ParsedFile) => T): (parsed: ParsedFile) => T {
  const known = new WeakMap<ParsedFile, T>();
  return (parsed) => {
    let result = known.get(parsed);
    if (result === undefined) known.set(parsed, (result = read(parsed)));
    return result;
  };
}

/** Splits files into statements, each parsed when it is needed, and keeps them while their text stays. */
export class Parser {
  private readonly kept = new Map<string, ParsedFile>();

  parse(file: string, text: string): ParsedFile {
    const before = this.kept.get(file);
    if (before?.text === text) return before;
    const { pieces, closed } = topLevelPieces(text);
    const statements = topLevel(file, text, pieces, before?.statements ?? []);
    const parsed: ParsedFile = {
      file,
      text,
      statements,
      comments: directives(text),
      get incomplete() {
        return !closed || statements.some(({ broken }) => broken);
      },
      lineOf: lineFinder(text),
    };
    this.kept.set(file, parsed);
    return parsed;
  }
}

/** The file's statements: those of before whose text is still there, and new ones. */
function topLevel(
  file: string,
  text: string,
  pieces: readonly Piece[],
  before: readonly TopLevel[],
): readonly TopLevel[] {
  const reusable = new Map<string, TopLevel[]>();
  for (const statement of before) {
    const same = reusable.get(statement.chunk.text);
    if (same === undefined) reusable.set(statement.chunk.text, [statement]);
    else same.push(statement);
  }
  return pieces.map(({ from, to, defines }) => {
    const known = reusable.get(text.slice(from, to))?.shift();
    if (known === undefined) return new TopLevel({ file, text: text.slice(from, to), start: from }, defines);
    known.chunk.start = from;
    return known;
  });
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
