import type { SyntaxNode } from '@lezer/common';
import type { Expression, Pattern, Span } from './ast';
import type { ExpressionBuilder } from './expressions';
import { childrenOf, spanOf, textOf } from './nodes';

const marks = new Set(['(', ')', '[', ']', '{', '}', ',', ':', 'as', '.', '=']);

/** The pattern of a `case`. */
export function buildPattern(builder: ExpressionBuilder, node: SyntaxNode | undefined, span: Span): Pattern {
  if (node === undefined) return { kind: 'unread' };
  const all = childrenOf(node);
  const parts = all.filter(({ name }) => !marks.has(name));
  const inner = (part: SyntaxNode): Pattern => buildPattern(builder, part, span);
  const text = (part: SyntaxNode): string => textOf(builder.building, part);
  switch (node.name) {
    case 'LiteralPattern':
      return { kind: 'value', value: builder.sequence(all, span) };
    case 'AttributePattern':
      return { kind: 'value', value: dotted(builder, parts) };
    case 'CapturePattern':
      return { kind: 'capture', name: text(node) };
    case 'StarPattern': {
      const name = parts.find((part) => part.name === 'CapturePattern');
      return { kind: 'star', name: name === undefined ? '_' : text(name) };
    }
    case 'OrPattern':
      return { kind: 'or', of: parts.filter(({ name }) => name !== 'LogicOp').map(inner) };
    case 'AsPattern':
      return { kind: 'as', of: inner(parts[0]), name: text(parts[parts.length - 1]) };
    case 'SequencePattern':
      // Round brackets without a comma only group.
      return all[0]?.name === '(' && parts.length === 1 && !all.some(({ name }) => name === ',')
        ? inner(parts[0])
        : { kind: 'sequence', items: parts.map(inner) };
    case 'MappingPattern': {
      const items: { key: Pattern; value: Pattern }[] = [];
      for (let at = 0; at + 1 < parts.length; at += 2)
        items.push({ key: inner(parts[at]), value: inner(parts[at + 1]) });
      return { kind: 'mapping', items };
    }
    case 'ClassPattern': {
      const [cls, list] = parts;
      const given = list === undefined ? [] : childrenOf(list).filter(({ name }) => !marks.has(name));
      return {
        kind: 'class',
        cls: dotted(builder, cls.name === 'AttributePattern' ? childrenOf(cls) : [cls]),
        // `int()` has an empty place in the tree.
        parts: given
          .filter((part) => part.to > part.from && !part.type.isError)
          .map((part) => {
            if (part.name !== 'KeywordPattern') return { pattern: inner(part) };
            const [name, value] = childrenOf(part).filter(
              (child) => !marks.has(child.name) && child.name !== 'AssignOp',
            );
            return { name: text(name), pattern: inner(value) };
          }),
      };
    }
    default:
      return { kind: 'unread' };
  }
}

/** `Kind.CONV` from its names. */
function dotted(builder: ExpressionBuilder, nodes: readonly SyntaxNode[]): Expression {
  const [first, ...rest] = nodes.filter(({ name }) => name !== '.');
  const { building } = builder;
  const start: Expression = { kind: 'name', name: textOf(building, first), ...spanOf(building, first) };
  return rest.reduce<Expression>(
    (object, node) => ({
      ...{ kind: 'attribute', object, name: textOf(building, node) },
      ...{ from: object.from, to: spanOf(building, node).to },
    }),
    start,
  );
}
