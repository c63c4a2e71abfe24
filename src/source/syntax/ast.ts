/**
 * The part of Python's syntax that the evaluation walks over, read directly where the text is whole, otherwise built from Lezer's tree.
 *
 * Offsets are relative to the top-level statement that a node stands in (its `Chunk`), so that a statement which only moved
 * keeps its tree from one analysis to the next.
 */

/** One top-level statement of a file; `start` and `startLine` are where it stands now. */
export interface Chunk {
  readonly file: string;
  readonly text: string;
  start: number;
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Argument extends Span {
  /** Keyword, `*`, `**`, or undefined for a positional argument. */
  readonly keyword?: string;
  readonly value: Expression;
}

export interface CallNode extends Span {
  readonly kind: 'call';
  readonly chunk: Chunk;
  readonly callee: Expression;
  readonly args: readonly Argument[];
  /** The statement around it, and what its value is assigned to when it is the whole right side. */
  readonly statement: Span;
  target?: Span;
}

export interface Parameter {
  readonly name: string;
  readonly star: '' | '*' | '**';
  readonly keywordOnly: boolean;
  readonly annotation?: Expression;
  readonly default?: Expression;
}

export interface Comprehension extends Span {
  readonly kind: 'comprehension';
  readonly result: 'list' | 'set' | 'dict' | 'generator';
  readonly element: Expression;
  /** Value of a dict comprehension, whose key is `element`. */
  readonly value?: Expression;
  readonly clauses: readonly (
    | { readonly kind: 'for'; readonly target: Expression; readonly iterable: Expression }
    | { readonly kind: 'if'; readonly condition: Expression }
  )[];
}

export type Constant = number | string | boolean | null | { readonly float: number } | 'ellipsis';

export type Expression = Span &
  (
    | { readonly kind: 'number'; readonly value: number; readonly float: boolean }
    | { readonly kind: 'string'; readonly value: string }
    | { readonly kind: 'constant'; readonly value: boolean | null }
    | { readonly kind: 'ellipsis' }
    | { readonly kind: 'name'; readonly name: string }
    | { readonly kind: 'attribute'; readonly object: Expression; readonly name: string }
    | { readonly kind: 'subscript'; readonly object: Expression; readonly index: Expression }
    | {
        readonly kind: 'slice';
        readonly lower?: Expression;
        readonly upper?: Expression;
        readonly step?: Expression;
      }
    | CallNode
    | { readonly kind: 'tuple' | 'list' | 'set'; readonly items: readonly Expression[] }
    | { readonly kind: 'dict'; readonly items: readonly { key?: Expression; value: Expression }[] }
    | Comprehension
    | {
        readonly kind: 'lambda';
        readonly parameters: readonly Parameter[];
        readonly body: Expression;
        readonly chunk: Chunk;
      }
    | { readonly kind: 'binary'; readonly op: string; readonly left: Expression; readonly right: Expression }
    | { readonly kind: 'unary'; readonly op: string; readonly operand: Expression }
    | {
        readonly kind: 'compare';
        readonly first: Expression;
        readonly rest: readonly { op: string; right: Expression }[];
      }
    | { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
    | {
        readonly kind: 'conditional';
        readonly condition: Expression;
        readonly then: Expression;
        readonly otherwise: Expression;
      }
    | { readonly kind: 'format'; readonly parts: readonly (string | FormatPart)[] }
    | { readonly kind: 'star'; readonly value: Expression }
    | { readonly kind: 'walrus'; readonly name: string; readonly value: Expression }
    | { readonly kind: 'yield'; readonly value?: Expression; readonly from_: boolean }
    | { readonly kind: 'await'; readonly value: Expression }
    | { readonly kind: 'hole' }
  );

export interface FormatPart {
  readonly value: Expression;
  readonly conversion: string;
  readonly spec: string;
}

export interface FunctionNode extends Span {
  readonly kind: 'function';
  readonly chunk: Chunk;
  readonly name: string;
  readonly nameTo: number;
  readonly parameters: readonly Parameter[];
  readonly decorators: readonly Expression[];
  /** Built when the function is first called. */
  readonly body: () => readonly Statement[];
  readonly isGenerator: () => boolean;
}

export interface ClassNode extends Span {
  readonly kind: 'class';
  readonly chunk: Chunk;
  readonly name: string;
  readonly nameTo: number;
  readonly bases: readonly Argument[];
  readonly decorators: readonly Expression[];
  readonly body: () => readonly Statement[];
}

export interface ImportedName {
  readonly name: string;
  readonly alias: string;
}

export type Statement = Span &
  (
    | { readonly kind: 'expression'; readonly value: Expression }
    | { readonly kind: 'assign'; readonly targets: readonly Expression[]; readonly value: Expression }
    | {
        readonly kind: 'annotate';
        readonly target: Expression;
        readonly annotation: Expression;
        readonly value?: Expression;
      }
    | { readonly kind: 'update'; readonly target: Expression; readonly op: string; readonly value: Expression }
    | {
        readonly kind: 'if';
        readonly branches: readonly { condition: Expression; body: readonly Statement[] }[];
        readonly otherwise: readonly Statement[];
      }
    | {
        readonly kind: 'for';
        readonly target: Expression;
        readonly iterable: Expression;
        readonly body: readonly Statement[];
        readonly otherwise: readonly Statement[];
      }
    | {
        readonly kind: 'while';
        readonly condition: Expression;
        readonly body: readonly Statement[];
        readonly otherwise: readonly Statement[];
      }
    | {
        readonly kind: 'with';
        readonly items: readonly { value: Expression; target?: Expression }[];
        readonly body: readonly Statement[];
      }
    | {
        readonly kind: 'try';
        readonly body: readonly Statement[];
        readonly handlers: readonly { type?: Expression; name?: string; body: readonly Statement[] }[];
        readonly otherwise: readonly Statement[];
        readonly last: readonly Statement[];
      }
    | { readonly kind: 'match'; readonly subject: Expression; readonly cases: readonly MatchCase[] }
    | { readonly kind: 'return'; readonly value?: Expression }
    | { readonly kind: 'raise'; readonly value?: Expression }
    | { readonly kind: 'assert'; readonly condition: Expression }
    | { readonly kind: 'delete'; readonly targets: readonly Expression[] }
    | { readonly kind: 'scope'; readonly names: readonly string[]; readonly global: boolean }
    | { readonly kind: 'import'; readonly module: string; readonly alias: string; readonly whole: boolean }
    | {
        readonly kind: 'importFrom';
        readonly level: number;
        readonly module: string;
        readonly names: readonly ImportedName[];
      }
    | { readonly kind: 'pass' | 'break' | 'continue' | 'hole' }
    | FunctionNode
    | ClassNode
  );

/** A case of `match`. */
export interface MatchCase {
  readonly pattern: Pattern;
  readonly guard?: Expression;
  readonly body: readonly Statement[];
}

/** What a `case` asks of the subject. */
export type Pattern =
  | { readonly kind: 'value'; readonly value: Expression }
  /** `_` captures nothing. */
  | { readonly kind: 'capture' | 'star'; readonly name: string }
  | { readonly kind: 'or'; readonly of: readonly Pattern[] }
  | { readonly kind: 'as'; readonly of: Pattern; readonly name: string }
  | { readonly kind: 'sequence'; readonly items: readonly Pattern[] }
  | { readonly kind: 'mapping'; readonly items: readonly { readonly key: Pattern; readonly value: Pattern }[] }
  | {
      readonly kind: 'class';
      readonly cls: Expression;
      readonly parts: readonly { readonly name?: string; readonly pattern: Pattern }[];
    }
  /** Not understood; it fits nothing. */
  | { readonly kind: 'unread' };

/** True when the node sits inside a statement that has no usable value. */
export function isHole(node: Expression | Statement): boolean {
  return node.kind === 'hole';
}
