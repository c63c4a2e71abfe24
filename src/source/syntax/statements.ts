import type { SyntaxNode } from '@lezer/common';
import { buildPattern } from './patterns';
import type { ClassNode, Expression, FunctionNode, ImportedName, MatchCase, Span, Statement } from './ast';
import { ExpressionBuilder } from './expressions';
import { childrenOf, spanOf, textOf, type Building } from './nodes';

/** Builds the statement at `node`; a group separated by semicolons gives several. */
export function buildStatement(building: Building, node: SyntaxNode): Statement[] {
  const span = spanOf(building, node);
  const builder = new ExpressionBuilder(building, span);
  const children = childrenOf(node);
  switch (node.name) {
    case 'StatementGroup':
      return children.flatMap((child) => (child.name === ';' ? [] : buildStatement(building, child)));
    case 'ExpressionStatement':
      return [{ kind: 'expression', value: builder.sequence(children, span), ...span }];
    case 'YieldStatement':
    case 'YieldExpression':
      return [{ kind: 'expression', value: builder.expression(node), ...span }];
    case 'AssignStatement':
      return [assignment(builder, children, span)];
    case 'UpdateStatement': {
      const at = children.findIndex(({ name }) => name === 'UpdateOp');
      return [
        {
          kind: 'update',
          target: builder.sequence(children.slice(0, at), span),
          op: textOf(building, children[at]).slice(0, -1),
          value: builder.sequence(children.slice(at + 1), span),
          ...span,
        },
      ];
    }
    case 'IfStatement':
      return [ifStatement(builder, children, span)];
    case 'ForStatement': {
      const place = children.findIndex(({ name }) => name === 'in');
      const bodies = children.filter(({ name }) => name === 'Body');
      const bodyAt = children.findIndex(({ name }) => name === 'Body');
      const start = children.findIndex(({ name }) => name === 'for') + 1;
      if (place < 0 || bodyAt < 0) return [{ kind: 'hole', ...span }];
      return [
        {
          kind: 'for',
          target: builder.sequence(children.slice(start, place), span),
          iterable: builder.sequence(children.slice(place + 1, bodyAt), span),
          body: buildBody(building, bodies[0]),
          otherwise: buildBody(building, bodies[1]),
          ...span,
        },
      ];
    }
    case 'WhileStatement': {
      const bodies = children.filter(({ name }) => name === 'Body');
      return [
        {
          kind: 'while',
          condition: builder.sequence(children.slice(1, children.indexOf(bodies[0])), span),
          body: buildBody(building, bodies[0]),
          otherwise: buildBody(building, bodies[1]),
          ...span,
        },
      ];
    }
    case 'WithStatement':
      return [withStatement(builder, children, span)];
    case 'TryStatement':
      return [tryStatement(builder, children, span)];
    case 'MatchStatement':
      return [matchStatement(builder, children, span)];
    case 'ReturnStatement':
      return [
        {
          kind: 'return',
          value: children.length > 1 ? builder.sequence(children.slice(1), span) : undefined,
          ...span,
        },
      ];
    case 'RaiseStatement': {
      const end = children.findIndex(({ name }) => name === 'from');
      const value = children.slice(1, end < 0 ? undefined : end);
      return [{ kind: 'raise', value: value.length > 0 ? builder.sequence(value) : undefined, ...span }];
    }
    case 'AssertStatement': {
      const comma = children.findIndex(({ name }) => name === ',');
      return [
        {
          kind: 'assert',
          condition: builder.sequence(children.slice(1, comma < 0 ? undefined : comma), span),
          ...span,
        },
      ];
    }
    case 'DeleteStatement': {
      const value = builder.sequence(children.slice(1), span);
      return [{ kind: 'delete', targets: value.kind === 'tuple' ? value.items : [value], ...span }];
    }
    case 'ScopeStatement': {
      const names = children.filter(({ name }) => name === 'VariableName').map((name) => textOf(building, name));
      return [{ kind: 'scope', names, global: children[0].name === 'global', ...span }];
    }
    case 'ImportStatement':
      return importStatement(building, children, span);
    case 'PassStatement':
      return [{ kind: 'pass', ...span }];
    case 'BreakStatement':
      return [{ kind: 'break', ...span }];
    case 'ContinueStatement':
      return [{ kind: 'continue', ...span }];
    case 'FunctionDefinition':
    case 'ClassDefinition':
      return definition(builder, node, []);
    case 'DecoratedStatement': {
      const inside = children.find(({ name }) => name.endsWith('Definition'));
      const decorators = children.filter(({ name }) => name === 'Decorator').map((child) => decorator(builder, child));
      return inside === undefined ? [] : definition(builder, inside, decorators);
    }
    default:
      return node.type.isError ? [] : [{ kind: 'hole', ...span }];
  }
}

export function buildBody(building: Building, node: SyntaxNode | undefined): Statement[] {
  if (node === undefined) return [];
  return childrenOf(node).flatMap((child) => (child.name === ':' ? [] : buildStatement(building, child)));
}

function assignment(builder: ExpressionBuilder, children: readonly SyntaxNode[], span: Span): Statement {
  const type = children.findIndex(({ name }) => name === 'TypeDef');
  const parts: SyntaxNode[][] = [[]];
  for (const child of children) {
    if (child.name === 'AssignOp') parts.push([]);
    else if (child.name !== 'TypeDef') parts[parts.length - 1].push(child);
  }
  const expressions = parts.map((part) => builder.sequence(part, span));
  const value = expressions.length > 1 ? expressions[expressions.length - 1] : undefined;
  const [target] = expressions;
  if (value?.kind === 'call') value.target = { from: target.from, to: target.to };
  if (type >= 0) return { kind: 'annotate', target, annotation: builder.annotation(children[type]), value, ...span };
  if (value === undefined) return { kind: 'hole', ...span };
  return { kind: 'assign', targets: expressions.slice(0, -1), value, ...span };
}

function ifStatement(builder: ExpressionBuilder, children: readonly SyntaxNode[], span: Span): Statement {
  const branches: { condition: Expression; body: readonly Statement[] }[] = [];
  let otherwise: readonly Statement[] = [];
  let head: SyntaxNode[] = [];
  let keyword = '';
  for (const child of children) {
    if (child.name === 'if' || child.name === 'elif' || child.name === 'else') {
      keyword = child.name;
      head = [];
    } else if (child.name === 'Body') {
      const body = buildBody(builder.building, child);
      if (keyword === 'else') otherwise = body;
      else branches.push({ condition: builder.sequence(head, span), body });
    } else head.push(child);
  }
  return { kind: 'if', branches, otherwise, ...span };
}

function withStatement(builder: ExpressionBuilder, children: readonly SyntaxNode[], span: Span): Statement {
  const bodyAt = children.findIndex(({ name }) => name === 'Body');
  const items: { value: Expression; target?: Expression }[] = [];
  const start = children.findIndex(({ name }) => name === 'with') + 1;
  let group: SyntaxNode[] = [];
  const finish = (): void => {
    const as = group.findIndex(({ name }) => name === 'as');
    if (group.length > 0)
      items.push({
        value: builder.sequence(as < 0 ? group : group.slice(0, as), span),
        target: as < 0 ? undefined : builder.sequence(group.slice(as + 1), span),
      });
    group = [];
  };
  for (const child of children.slice(start, bodyAt < 0 ? undefined : bodyAt)) {
    if (child.name === ',') finish();
    else group.push(child);
  }
  finish();
  return { kind: 'with', items, body: buildBody(builder.building, children[bodyAt]), ...span };
}

function tryStatement(builder: ExpressionBuilder, children: readonly SyntaxNode[], span: Span): Statement {
  let body: readonly Statement[] = [];
  let otherwise: readonly Statement[] = [];
  let last: readonly Statement[] = [];
  const handlers: { type?: Expression; name?: string; body: readonly Statement[] }[] = [];
  let head: SyntaxNode[] = [];
  let keyword = '';
  for (const child of children) {
    if (['try', 'except', 'else', 'finally'].includes(child.name)) {
      keyword = child.name;
      head = [];
    } else if (child.name === 'Body') {
      const built = buildBody(builder.building, child);
      if (keyword === 'try') body = built;
      else if (keyword === 'else') otherwise = built;
      else if (keyword === 'finally') last = built;
      else {
        const as = head.findIndex(({ name }) => name === 'as');
        const type = as < 0 ? head : head.slice(0, as);
        handlers.push({
          type: type.length === 0 ? undefined : builder.sequence(type),
          name: as < 0 || head[as + 1] === undefined ? undefined : textOf(builder.building, head[as + 1]),
          body: built,
        });
      }
    } else head.push(child);
  }
  return { kind: 'try', body, handlers, otherwise, last, ...span };
}

function matchStatement(builder: ExpressionBuilder, children: readonly SyntaxNode[], span: Span): Statement {
  const body = children.find(({ name }) => name === 'MatchBody');
  const cases: MatchCase[] = [];
  for (const clause of body === undefined ? [] : childrenOf(body)) {
    if (clause.name !== 'MatchClause') continue;
    const parts = childrenOf(clause);
    const pattern = parts[1];
    const guard = parts.find(({ name }) => name === 'Guard');
    cases.push({
      pattern: buildPattern(builder, pattern, span),
      guard: guard === undefined ? undefined : builder.sequence(childrenOf(guard).slice(1), span),
      body: buildBody(
        builder.building,
        parts.find(({ name }) => name === 'Body'),
      ),
    });
  }
  const place = children.findIndex(({ name }) => name === 'MatchBody');
  const subject = builder.sequence(children.slice(1, place < 0 ? undefined : place), span);
  return { kind: 'match', subject, cases, ...span };
}

function importStatement(building: Building, children: readonly SyntaxNode[], span: Span): Statement[] {
  const text = (node: SyntaxNode): string => textOf(building, node);
  if (children[0].name === 'from') {
    const place = children.findIndex(({ name }) => name === 'import');
    const source = children
      .slice(1, place < 0 ? undefined : place)
      .map(text)
      .join('');
    const level = /^\.*/.exec(source)![0].length;
    const names: ImportedName[] = [];
    if (place >= 0) {
      const rest = children.slice(place + 1).filter(({ name }) => !['(', ')', ','].includes(name));
      for (let at = 0; at < rest.length; at++) {
        const name = text(rest[at]);
        if (rest[at].type.isError) continue;
        const aliased = rest[at + 1]?.name === 'as' && rest[at + 2] !== undefined;
        names.push({ name, alias: aliased ? text(rest[at + 2]) : name });
        if (rest[at + 1]?.name === 'as') at += 2;
      }
    }
    return [{ kind: 'importFrom', level, module: source.slice(level), names, ...span }];
  }
  const statements: Statement[] = [];
  let parts: string[] = [];
  let alias = '';
  const finish = (): void => {
    if (parts.length > 0) {
      const module = parts.join('');
      statements.push({
        kind: 'import',
        module,
        alias: alias === '' ? module.split('.')[0] : alias,
        whole: alias !== '',
        ...span,
      });
    }
    parts = [];
    alias = '';
  };
  const rest = children.slice(1);
  for (let at = 0; at < rest.length; at++) {
    if (rest[at].name === ',') finish();
    else if (rest[at].name === 'as') alias = rest[++at] === undefined ? '' : text(rest[at]);
    else if (!rest[at].type.isError) parts.push(text(rest[at]));
  }
  finish();
  return statements;
}

function decorator(builder: ExpressionBuilder, node: SyntaxNode): Expression {
  const children = childrenOf(node);
  const span = spanOf(builder.building, node);
  let value: Expression | undefined;
  for (const child of children) {
    const childSpan = spanOf(builder.building, child);
    if (child.name === 'ArgList' && value !== undefined)
      value = {
        kind: 'call',
        chunk: builder.building.chunk,
        callee: value,
        args: builder.args(child),
        statement: span,
        from: value.from,
        to: childSpan.to,
      };
    else if (child.name === 'VariableName' || child.name === 'PropertyName') {
      const name = textOf(builder.building, child);
      value =
        value === undefined
          ? { kind: 'name', name, ...childSpan }
          : { kind: 'attribute', object: value, name, from: value.from, to: childSpan.to };
    } else if (child.name.endsWith('Expression')) value = builder.expression(child);
  }
  return value ?? { kind: 'hole', ...span };
}

function definition(
  builder: ExpressionBuilder,
  node: SyntaxNode,
  decorators: readonly Expression[],
): (FunctionNode | ClassNode)[] {
  const { building } = builder;
  const children = childrenOf(node);
  const name = children.find((child) => child.name === 'VariableName');
  if (name === undefined) return [];
  const bodyNode = children.find((child) => child.name === 'Body');
  const body = once(() => buildBody(building, bodyNode));
  const shared = {
    chunk: building.chunk,
    name: textOf(building, name),
    nameTo: name.to - building.base,
    decorators,
    body,
    ...spanOf(building, node),
  };
  if (node.name === 'ClassDefinition') {
    const list = children.find((child) => child.name === 'ArgList');
    return [{ kind: 'class', bases: list === undefined ? [] : builder.args(list), ...shared }];
  }
  const list = children.find((child) => child.name === 'ParamList');
  return [
    {
      kind: 'function',
      parameters: list === undefined ? [] : builder.parameters(list),
      isGenerator: once(() => bodyNode !== undefined && yields(bodyNode)),
      ...shared,
    },
  ];
}

function yields(node: SyntaxNode): boolean {
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (child.name === 'YieldStatement' || child.name === 'YieldExpression') return true;
    if (child.name === 'FunctionDefinition' || child.name === 'LambdaExpression') continue;
    if (yields(child)) return true;
  }
  return false;
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
