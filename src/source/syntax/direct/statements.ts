import type { Chunk, Expression, FunctionNode, ImportedName, Span, Statement } from '../ast';
import { ExpressionParser } from './expressions';
import { Kind, notRead, tokensOf } from './tokens';

/**
 * The statements of a text that is whole and written in usual syntax, several times faster than by way of a tree; undefined
 * where that is not so. Equal to what `buildStatement` gives, which reads everything else.
 */
export function parseDirectly(chunk: Chunk): readonly Statement[] | undefined {
  try {
    return new StatementParser(chunk, tokensOf(chunk.text, 0, chunk.text.length, true)).all();
  } catch (error) {
    if (error === notRead || error instanceof RangeError) return undefined;
    throw error;
  }
}

const updates = new Set(['+=', '-=', '*=', '/=', '//=', '%=', '@=', '&=', '|=', '^=', '>>=', '<<=', '**=']);

class StatementParser extends ExpressionParser {
  all(): Statement[] {
    const statements: Statement[] = [];
    while (!this.isKind(Kind.End)) this.read(statements);
    return statements;
  }

  private read(into: Statement[]): void {
    const { word } = this;
    const compound = this.isKind(Kind.Keyword) || word === '@' ? this.compound(word) : undefined;
    if (compound !== undefined) into.push(compound);
    else this.simpleLine(into);
  }

  /** Small statements with semicolons between them up to the end of the line. */
  private simpleLine(into: Statement[]): void {
    do {
      if (this.isKind(Kind.Newline)) break;
      this.small(into);
    } while (this.take(';'));
    if (!this.isKind(Kind.Newline)) throw notRead;
    this.at++;
  }

  /** A block after its colon. */
  private block(): Statement[] {
    this.expect(':');
    const statements: Statement[] = [];
    if (!this.isKind(Kind.Newline)) {
      this.simpleLine(statements);
      return statements;
    }
    this.at++;
    if (!this.isKind(Kind.Indent)) throw notRead;
    this.at++;
    do this.read(statements);
    while (!this.isKind(Kind.Dedent));
    this.at++;
    return statements;
  }

  private compound(word: string): Statement | undefined {
    const outer = this.statement;
    const span = { from: this.from, to: 0 };
    this.statement = span;
    const read = this.compoundBody(word, span);
    this.statement = outer;
    return read;
  }

  private compoundBody(word: string, span: { from: number; to: number }): Statement | undefined {
    switch (word) {
      case 'if':
        return this.if(span);
      case 'for':
        return this.for(span);
      case 'while': {
        this.at++;
        const condition = this.named();
        const body = this.block();
        const otherwise = this.is('else') ? this.following() : [];
        return { kind: 'while', condition, body, otherwise, ...this.close(span) };
      }
      case 'with':
        return this.with(span);
      case 'try':
        return this.try(span);
      case '@':
      case 'def':
      case 'class':
      case 'async':
        return this.definition(span);
      default:
        return undefined;
    }
  }

  /** The statement ends with the last line of its block. */
  private close(span: { from: number; to: number }): Span {
    let at = this.at - 1;
    while (this.tokens.kinds[at] === Kind.Dedent) at--;
    span.to = this.tokens.to[at];
    return { from: span.from, to: span.to };
  }

  private following(): Statement[] {
    this.at++;
    return this.block();
  }

  private if(span: { from: number; to: number }): Statement {
    const branches: { condition: Expression; body: readonly Statement[] }[] = [];
    do {
      this.at++;
      const condition = this.named();
      branches.push({ condition, body: this.block() });
    } while (this.is('elif'));
    const otherwise = this.is('else') ? this.following() : [];
    return { kind: 'if', branches, otherwise, ...this.close(span) };
  }

  private for(span: { from: number; to: number }): Statement {
    this.at++;
    const target = this.targets();
    this.expect('in');
    const iterable = this.sequence();
    const body = this.block();
    const otherwise = this.is('else') ? this.following() : [];
    return { kind: 'for', target, iterable, body, otherwise, ...this.close(span) };
  }

  private with(span: { from: number; to: number }): Statement {
    this.at++;
    // Parentheses may hold the items or an expression.
    if (this.is('(')) throw notRead;
    const items: { value: Expression; target?: Expression }[] = [];
    do {
      const value = this.test();
      items.push({ value, target: this.take('as') ? this.primary() : undefined });
    } while (this.take(','));
    const body = this.block();
    return { kind: 'with', items, body, ...this.close(span) };
  }

  private try(span: { from: number; to: number }): Statement {
    this.at++;
    const body = this.block();
    const handlers: { type?: Expression; name?: string; body: readonly Statement[] }[] = [];
    while (this.is('except')) {
      this.at++;
      const type = this.is(':') ? undefined : this.test();
      const name = type !== undefined && this.take('as') ? this.name() : undefined;
      handlers.push({ type, name, body: this.block() });
    }
    const otherwise = this.is('else') && handlers.length > 0 ? this.following() : [];
    const ends = this.is('finally');
    const last = ends ? this.following() : [];
    if (!ends && handlers.length === 0) throw notRead;
    return { kind: 'try', body, handlers, otherwise, last, ...this.close(span) };
  }

  private definition(span: { from: number; to: number }): Statement {
    const decorators: Expression[] = [];
    while (this.is('@')) decorators.push(this.decorator());
    const { from } = this;
    if (this.take('async') && !this.is('def')) throw notRead;
    const isClass = this.take('class');
    if (!isClass) this.expect('def');
    const name = this.name();
    const nameTo = this.end;
    if (isClass) {
      const bases = this.is('(') ? this.args() : [];
      const body = this.inside();
      return {
        kind: 'class',
        bases,
        chunk: this.chunk,
        name,
        nameTo,
        decorators,
        body: () => body,
        from,
        to: this.close(span).to,
      };
    }
    this.expect('(');
    const parameters = this.parameters(')', true);
    this.expect(')');
    if (this.take('->')) this.test();
    const { yields } = this;
    this.yields = false;
    const body = this.inside();
    const isGenerator = this.yields;
    this.yields = yields;
    const node: FunctionNode = {
      kind: 'function',
      ...{ parameters, isGenerator: () => isGenerator, chunk: this.chunk, name, nameTo, decorators, body: () => body },
      ...{ from, to: this.close(span).to },
    };
    return node;
  }

  private inside(): Statement[] {
    const outer = this.statement;
    const body = this.block();
    this.statement = outer;
    return body;
  }

  private decorator(): Expression {
    const outer = this.statement;
    const span = { from: this.from, to: 0 };
    this.at++;
    const { from } = this;
    let value: Expression = { kind: 'name', name: this.name(), ...this.spanFrom(from) };
    while (this.take('.')) value = { kind: 'attribute', object: value, name: this.name(), ...this.spanFrom(from) };
    if (this.is('(')) {
      const args = this.args();
      value = { kind: 'call', chunk: this.chunk, callee: value, args, statement: span, ...this.spanFrom(from) };
    }
    if (!this.isKind(Kind.Newline)) throw notRead;
    this.at++;
    span.to = this.end;
    this.statement = outer;
    return value;
  }

  private small(into: Statement[]): void {
    const outer = this.statement;
    const span = { from: this.from, to: 0 };
    this.statement = span;
    const close = (): Span => {
      span.to = this.end;
      return { from: span.from, to: span.to };
    };
    if (this.isKind(Kind.Keyword)) this.keyword(this.word, into, close);
    else into.push(this.plain(close));
    this.statement = outer;
  }

  /** An assignment or an expression alone. */
  private plain(close: () => Span): Statement {
    const first = this.is('yield') ? this.yield() : this.sequence();
    const { word } = this;
    if (word === ':') {
      this.at++;
      const annotation = this.test();
      const value = this.take('=') ? this.value() : undefined;
      aim(value, first);
      return { kind: 'annotate', target: first, annotation, value, ...close() };
    }
    if (updates.has(word)) {
      this.at++;
      const value = this.value();
      return { kind: 'update', target: first, op: word.slice(0, -1), value, ...close() };
    }
    if (word !== '=') return { kind: 'expression', value: first, ...close() };
    const expressions = [first];
    while (this.take('=')) expressions.push(this.value());
    const value = expressions[expressions.length - 1];
    aim(value, first);
    return { kind: 'assign', targets: expressions.slice(0, -1), value, ...close() };
  }

  private value(): Expression {
    return this.is('yield') ? this.yield() : this.sequence();
  }

  private keyword(word: string, into: Statement[], close: () => Span): void {
    switch (word) {
      case 'pass':
      case 'break':
      case 'continue':
        this.at++;
        into.push({ kind: word, ...close() });
        return;
      case 'return': {
        this.at++;
        const value = this.isKind(Kind.Newline) || this.is(';') ? undefined : this.sequence();
        into.push({ kind: 'return', value, ...close() });
        return;
      }
      case 'raise': {
        this.at++;
        const value = this.isKind(Kind.Newline) || this.is(';') ? undefined : this.test();
        if (value !== undefined && this.take('from')) this.test();
        into.push({ kind: 'raise', value, ...close() });
        return;
      }
      case 'assert': {
        this.at++;
        const condition = this.test();
        if (this.take(',')) this.test();
        into.push({ kind: 'assert', condition, ...close() });
        return;
      }
      case 'del': {
        this.at++;
        const value = this.sequence();
        into.push({ kind: 'delete', targets: value.kind === 'tuple' ? value.items : [value], ...close() });
        return;
      }
      case 'global':
      case 'nonlocal': {
        this.at++;
        const names: string[] = [];
        do names.push(this.name());
        while (this.take(','));
        into.push({ kind: 'scope', names, global: word === 'global', ...close() });
        return;
      }
      case 'import':
        this.imports(into, close);
        return;
      case 'from':
        into.push(this.importsFrom(close));
        return;
      default:
        into.push(this.plain(close));
    }
  }

  private dotted(): string {
    let path = this.name();
    while (this.take('.')) path += `.${this.name()}`;
    return path;
  }

  private imports(into: Statement[], close: () => Span): void {
    this.at++;
    const found: { module: string; alias: string; whole: boolean }[] = [];
    do {
      const module = this.dotted();
      const whole = this.take('as');
      found.push({ module, alias: whole ? this.name() : module.split('.')[0], whole });
    } while (this.take(','));
    const span = close();
    for (const each of found) into.push({ kind: 'import', ...each, ...span });
  }

  private importsFrom(close: () => Span): Statement {
    this.at++;
    let level = 0;
    for (;;) {
      if (this.take('.')) level++;
      else if (this.take('...')) level += 3;
      else break;
    }
    const module = this.is('import') ? '' : this.dotted();
    if (level === 0 && module === '') throw notRead;
    this.expect('import');
    const names: ImportedName[] = [];
    if (this.take('*')) names.push({ name: '*', alias: '*' });
    else {
      const inBrackets = this.take('(');
      do {
        if (inBrackets && names.length > 0 && this.is(')')) break;
        const name = this.name();
        names.push({ name, alias: this.take('as') ? this.name() : name });
      } while (this.take(','));
      if (inBrackets) this.expect(')');
    }
    return { kind: 'importFrom', level, module, names, ...close() };
  }
}

/** A call tells what its value is assigned to. */
function aim(value: Expression | undefined, target: Span): void {
  if (value?.kind === 'call') value.target = { from: target.from, to: target.to };
}
