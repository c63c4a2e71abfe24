import type { SyntaxNode } from '@lezer/common';
import type { Argument, Comprehension, Expression, FormatPart, Parameter, Span } from './ast';
import { childrenOf, spanOf, splitAtCommas, textOf, type Building } from './nodes';
import { literalParts, numberValue, stringValue, unescape } from './strings';

/** Builds expressions of one statement. `statement` is the range that calls report as the statement around them. */
export class ExpressionBuilder {
  constructor(
    readonly building: Building,
    readonly statement: Span,
  ) {}

  /** One expression, or a tuple when there are commas at the top (`a, b`). */
  sequence(nodes: readonly SyntaxNode[], span?: Span): Expression {
    if (nodes.length === 0) return { kind: 'hole', from: span?.from ?? 0, to: span?.to ?? 0 };
    const hasComma = nodes.some(({ name }) => name === ',');
    if (!hasComma && nodes[0].name !== '*') return this.first(nodes);
    const items = splitAtCommas(nodes)
      .filter((group) => group.length > 0)
      .map((group) => this.item(group));
    return { kind: 'tuple', items, ...this.across(nodes) };
  }

  /** The first usable expression among nodes; a hole when there is none. */
  private first(nodes: readonly SyntaxNode[]): Expression {
    const node = nodes.find((candidate) => !candidate.type.isError && !isPunctuation(candidate.name));
    return node === undefined ? { kind: 'hole', ...this.across(nodes) } : this.expression(node);
  }

  private item(group: readonly SyntaxNode[]): Expression {
    if (group[0].name === '*') return { kind: 'star', value: this.first(group.slice(1)), ...this.across(group) };
    return this.first(group);
  }

  private across(nodes: readonly { from: number; to: number }[]): Span {
    if (nodes.length === 0) return { from: 0, to: 0 };
    return spanOf(this.building, { from: nodes[0].from, to: nodes[nodes.length - 1].to });
  }

  expression(node: SyntaxNode): Expression {
    const span = spanOf(this.building, node);
    const text = (): string => textOf(this.building, node);
    switch (node.name) {
      case 'VariableName':
      case 'PropertyName':
        return { kind: 'name', name: text(), ...span };
      case 'self':
        return { kind: 'name', name: 'self', ...span };
      case 'Number': {
        const number = numberValue(text());
        return number === undefined ? { kind: 'hole', ...span } : { kind: 'number', ...number, ...span };
      }
      case 'Boolean':
        return { kind: 'constant', value: text() === 'True', ...span };
      case 'None':
        return { kind: 'constant', value: null, ...span };
      case 'Ellipsis':
        return { kind: 'ellipsis', ...span };
      case 'String':
        return { kind: 'string', value: stringValue(text()), ...span };
      case 'FormatString':
      case 'ContinuedString':
        return this.strings(node);
      case 'ParenthesizedExpression':
        return this.parenthesized(node);
      case 'TupleExpression':
      case 'ArrayExpression':
      case 'SetExpression':
        return this.collection(node);
      case 'DictionaryExpression':
        return this.dictionary(node);
      case 'ArrayComprehensionExpression':
        return this.comprehension(inner(node), 'list', span);
      case 'SetComprehensionExpression':
        return this.comprehension(inner(node), 'set', span);
      case 'DictionaryComprehensionExpression':
        return this.comprehension(inner(node), 'dict', span);
      case 'ComprehensionExpression':
        return this.comprehension(inner(node), 'generator', span);
      case 'CallExpression':
        return this.call(node);
      case 'MemberExpression':
        return this.member(node);
      case 'BinaryExpression':
        return this.binary(node);
      case 'UnaryExpression':
        return this.unary(node);
      case 'ConditionalExpression': {
        const parts = childrenOf(node).filter(({ name }) => name !== 'if' && name !== 'else');
        const [then, condition, otherwise] = parts;
        if (otherwise === undefined || otherwise.type.isError) return { kind: 'hole', ...span };
        return {
          kind: 'conditional',
          then: this.expression(then),
          condition: this.expression(condition),
          otherwise: this.expression(otherwise),
          ...span,
        };
      }
      case 'LambdaExpression': {
        const children = childrenOf(node);
        const list = children.find(({ name }) => name === 'ParamList');
        const colon = children.findIndex(({ name }) => name === ':');
        return {
          kind: 'lambda',
          parameters: list === undefined ? [] : this.parameters(list),
          body: colon < 0 ? { kind: 'hole', ...span } : this.first(children.slice(colon + 1)),
          chunk: this.building.chunk,
          ...span,
        };
      }
      case 'NamedExpression': {
        const [name, , value] = childrenOf(node);
        return value === undefined
          ? { kind: 'hole', ...span }
          : { kind: 'walrus', name: textOf(this.building, name), value: this.expression(value), ...span };
      }
      case 'YieldExpression':
      case 'YieldStatement': {
        const rest = childrenOf(node).slice(1);
        const from_ = rest[0]?.name === 'from';
        const values = (from_ ? rest.slice(1) : rest).filter(({ type }) => !type.isError);
        return {
          kind: 'yield',
          value: values.length === 0 ? undefined : this.sequence(values),
          from_,
          ...span,
        };
      }
      case 'AwaitExpression':
        return { kind: 'await', value: this.first(childrenOf(node).slice(1)), ...span };
      default:
        return { kind: 'hole', ...span };
    }
  }

  private parenthesized(node: SyntaxNode): Expression {
    const children = inner(node);
    if (children.some(({ name }) => name === 'for'))
      return this.comprehension(children, 'generator', spanOf(this.building, node));
    const value = this.sequence(children, spanOf(this.building, node));
    // A chained comparison ends at parentheses: (a < b) < c compares the result.
    return value.kind === 'compare' ? { ...value, ...spanOf(this.building, node) } : value;
  }

  private collection(node: SyntaxNode): Expression {
    const span = spanOf(this.building, node);
    const items = splitAtCommas(inner(node))
      .filter((group) => group.some(({ type }) => !type.isError))
      .map((group) => this.item(group));
    const kind = node.name === 'TupleExpression' ? 'tuple' : node.name === 'SetExpression' ? 'set' : 'list';
    return { kind, items, ...span };
  }

  private dictionary(node: SyntaxNode): Expression {
    const items: { key?: Expression; value: Expression }[] = [];
    for (const group of splitAtCommas(inner(node))) {
      if (group.length === 0) continue;
      if (group[0].name === '**') items.push({ value: this.first(group.slice(1)) });
      else {
        const colon = group.findIndex(({ name }) => name === ':');
        if (colon > 0)
          items.push({ key: this.first(group.slice(0, colon)), value: this.first(group.slice(colon + 1)) });
      }
    }
    return { kind: 'dict', items, ...spanOf(this.building, node) };
  }

  private comprehension(nodes: readonly SyntaxNode[], result: Comprehension['result'], span: Span): Expression {
    const start = nodes.findIndex(({ name }) => name === 'for' || name === 'async');
    const head = nodes.slice(0, start);
    const colon = head.findIndex(({ name }) => name === ':');
    const clauses: Comprehension['clauses'][number][] = [];
    let at = start;
    while (at >= 0 && at < nodes.length) {
      const keyword = nodes[at].name;
      let end = at + 1;
      while (end < nodes.length && !['for', 'if', 'async'].includes(nodes[end].name)) end++;
      const part = nodes.slice(at + 1, end);
      if (keyword === 'for') {
        const place = part.findIndex(({ name }) => name === 'in');
        if (place > 0)
          clauses.push({
            kind: 'for',
            target: this.sequence(part.slice(0, place)),
            iterable: this.sequence(part.slice(place + 1), span),
          });
      } else if (keyword === 'if') clauses.push({ kind: 'if', condition: this.first(part) });
      at = end;
    }
    const element = this.first(colon > 0 ? head.slice(0, colon) : head);
    const value = colon > 0 ? this.first(head.slice(colon + 1)) : undefined;
    return { kind: 'comprehension', result, element, value, clauses, ...span };
  }

  private call(node: SyntaxNode): Expression {
    const [callee, list] = childrenOf(node);
    const args = list === undefined ? [] : this.args(list);
    return {
      kind: 'call',
      chunk: this.building.chunk,
      callee: this.expression(callee),
      args,
      statement: this.statement,
      ...spanOf(this.building, node),
    };
  }

  /** Arguments of a call or bases of a class. */
  args(list: SyntaxNode): Argument[] {
    const nodes = inner(list);
    if (nodes.some(({ name }) => name === 'for')) {
      const span = this.across(nodes);
      return [{ value: this.comprehension(nodes, 'generator', span), ...span }];
    }
    const args: Argument[] = [];
    for (const group of splitAtCommas(nodes)) {
      const usable = group.filter(({ type }) => !type.isError);
      if (usable.length === 0) continue;
      const span = this.across(usable);
      const [head] = usable;
      if (head.name === '*' || head.name === '**')
        args.push({ keyword: head.name, value: this.first(usable.slice(1)), ...span });
      else if (usable[1]?.name === 'AssignOp')
        args.push({ keyword: textOf(this.building, head), value: this.first(usable.slice(2)), ...span });
      else args.push({ value: this.first(usable), ...span });
    }
    return args;
  }

  private member(node: SyntaxNode): Expression {
    const span = spanOf(this.building, node);
    const [object, mark, ...rest] = childrenOf(node);
    if (mark === undefined) return { kind: 'hole', ...span };
    if (mark.name === '.') {
      const [name] = rest;
      if (name === undefined || name.type.isError) return { kind: 'hole', ...span };
      return { kind: 'attribute', object: this.expression(object), name: textOf(this.building, name), ...span };
    }
    const nodes = rest.filter(({ name }) => name !== ']');
    const groups = splitAtCommas(nodes);
    const items = groups
      .filter((group) => group.length > 0)
      .map((group): Expression => (group.some(({ name }) => name === ':') ? this.slice(group) : this.item(group)));
    const index: Expression =
      items.length === 1 && groups.length === 1 ? items[0] : { kind: 'tuple', items, ...this.across(nodes) };
    return { kind: 'subscript', object: this.expression(object), index, ...span };
  }

  private slice(group: readonly SyntaxNode[]): Expression {
    const parts: (Expression | undefined)[] = [undefined, undefined, undefined];
    let place = 0;
    for (const node of group) {
      if (node.name === ':') place = Math.min(2, place + 1);
      else if (!node.type.isError) parts[place] = this.expression(node);
    }
    return { kind: 'slice', lower: parts[0], upper: parts[1], step: parts[2], ...this.across(group) };
  }

  private binary(node: SyntaxNode): Expression {
    const span = spanOf(this.building, node);
    const children = childrenOf(node);
    const left = children[0];
    const right = children[children.length - 1];
    const op = children
      .slice(1, -1)
      .filter(({ type }) => !type.isError)
      .map((part) => textOf(this.building, part))
      .join(' ');
    if (children.length < 3 || right.type.isError) return { kind: 'hole', ...span };
    const rightSide = this.expression(right);
    const leftSide = this.expression(left);
    if (op === 'and' || op === 'or') return { kind: op, left: leftSide, right: rightSide, ...span };
    if (comparisons.has(op)) {
      if (leftSide.kind === 'compare' && left.name !== 'ParenthesizedExpression')
        return { ...leftSide, rest: [...leftSide.rest, { op, right: rightSide }], ...span };
      return { kind: 'compare', first: leftSide, rest: [{ op, right: rightSide }], ...span };
    }
    return { kind: 'binary', op, left: leftSide, right: rightSide, ...span };
  }

  private unary(node: SyntaxNode): Expression {
    const span = spanOf(this.building, node);
    const [mark, operand] = childrenOf(node);
    if (operand === undefined || operand.type.isError) return { kind: 'hole', ...span };
    const op = textOf(this.building, mark);
    const value = this.expression(operand);
    return op === 'not' && operand.name !== 'ParenthesizedExpression'
      ? negateFirst(value, span)
      : { kind: 'unary', op, operand: value, ...span };
  }

  private strings(node: SyntaxNode): Expression {
    const parts: (string | FormatPart)[] = [];
    for (const piece of node.name === 'ContinuedString' ? childrenOf(node) : [node]) {
      if (piece.name === 'FormatString') parts.push(...this.formatParts(piece));
      else if (piece.name === 'String') parts.push(stringValue(textOf(this.building, piece)));
    }
    const span = spanOf(this.building, node);
    if (parts.every((part) => typeof part === 'string')) return { kind: 'string', value: parts.join(''), ...span };
    return { kind: 'format', parts, ...span };
  }

  private formatParts(node: SyntaxNode): (string | FormatPart)[] {
    const text = textOf(this.building, node);
    const { raw, from, to } = literalParts(text);
    const literal = (start: number, end: number): string => {
      const piece = text.slice(start, end).replace(/\{\{/g, '{').replace(/\}\}/g, '}');
      return raw ? piece : unescape(piece);
    };
    const parts: (string | FormatPart)[] = [];
    let at = from;
    for (const replacement of childrenOf(node)) {
      if (replacement.name !== 'FormatReplacement') continue;
      parts.push(literal(at, replacement.from - node.from));
      const children = childrenOf(replacement).filter(({ name }) => name !== '{' && name !== '}');
      const conversion = children.find(({ name }) => name === 'FormatConversion');
      const spec = children.find(({ name }) => name === 'FormatSpec');
      parts.push({
        value: this.sequence(children.filter(({ name }) => !name.startsWith('Format'))),
        conversion: conversion === undefined ? '' : textOf(this.building, conversion).slice(1),
        spec: spec === undefined ? '' : textOf(this.building, spec).slice(1),
      });
      at = replacement.to - node.from;
    }
    parts.push(literal(at, Math.max(at, to)));
    return parts;
  }

  parameters(list: SyntaxNode): Parameter[] {
    const parameters: Parameter[] = [];
    let keywordOnly = false;
    for (const group of splitAtCommas(childrenOf(list).filter(({ name }) => name !== '(' && name !== ')'))) {
      if (group.length === 0) continue;
      const star = group[0].name === '*' || group[0].name === '**' ? group[0].name : '';
      const name = group.find((node) => node.name === 'VariableName' || node.name === 'self');
      if (star === '*' && name === undefined) keywordOnly = true;
      if (name === undefined) continue;
      const annotation = group.find((node) => node.name === 'TypeDef');
      const assign = group.findIndex((node) => node.name === 'AssignOp');
      parameters.push({
        name: textOf(this.building, name),
        star,
        keywordOnly: keywordOnly && star === '',
        annotation: annotation === undefined ? undefined : this.annotation(annotation),
        default: assign < 0 ? undefined : this.first(group.slice(assign + 1)),
      });
      if (star === '*') keywordOnly = true;
    }
    return parameters;
  }

  annotation(node: SyntaxNode): Expression {
    return this.first(childrenOf(node).filter(({ name }) => name !== ':' && name !== '->'));
  }
}

const comparisons = new Set(['==', '!=', '<', '>', '<=', '>=', 'in', 'not in', 'is', 'is not', '<>']);

const punctuation = new Set(['(', ')', '[', ']', '{', '}', ',', ':', '.', '=', 'AssignOp', '*', '**']);
function isPunctuation(name: string): boolean {
  return punctuation.has(name);
}

/** Children between the brackets of a node. */
function inner(node: SyntaxNode): SyntaxNode[] {
  return childrenOf(node).filter(({ name }) => !brackets.has(name));
}
const brackets = new Set(['(', ')', '[', ']', '{', '}']);

/** The grammar lets `not` reach over `and` and `or`; Python binds it to the first operand alone. */
function negateFirst(value: Expression, span: Span): Expression {
  if (value.kind === 'and' || value.kind === 'or')
    return { ...value, from: span.from, left: negateFirst(value.left, { from: span.from, to: value.left.to }) };
  return { kind: 'unary', op: 'not', operand: value, ...span };
}
