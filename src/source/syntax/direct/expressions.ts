import type { Argument, CallNode, Expression, Parameter } from '../ast';
import { DisplayParser } from './displays';
import { Kind, notRead, tokensOf } from './tokens';

/** How tightly binary operators bind. */
const precedences: Readonly<Record<string, number>> = {
  '|': 1,
  '^': 2,
  '&': 3,
  '<<': 4,
  '>>': 4,
  '+': 5,
  '-': 5,
  '*': 6,
  '/': 6,
  '//': 6,
  '%': 6,
  '@': 6,
};

const comparisons = new Set(['==', '!=', '<', '>', '<=', '>=', 'in', 'is']);

/** Reads expressions by recursive descent. Throws `notRead`. */
export class ExpressionParser extends DisplayParser {
  /** What stands where a value may be named: `name := value`. */
  named(): Expression {
    const { from } = this;
    if (this.isNameBefore(':=')) {
      const name = this.name();
      this.at++;
      const value = this.test();
      return { kind: 'walrus', name, value, ...this.spanFrom(from) };
    }
    return this.test();
  }

  test(): Expression {
    const { from } = this;
    if (this.is('lambda')) return this.lambda();
    const then = this.or();
    if (!this.is('if')) return then;
    this.at++;
    const condition = this.or();
    this.expect('else');
    const otherwise = this.test();
    return { kind: 'conditional', then, condition, otherwise, ...this.spanFrom(from) };
  }

  protected or(): Expression {
    const { from } = this;
    let left = this.and();
    while (this.take('or')) {
      const right = this.and();
      left = { kind: 'or', left, right, ...this.spanFrom(from) };
    }
    return left;
  }

  private and(): Expression {
    const { from } = this;
    let left = this.not();
    while (this.take('and')) {
      const right = this.not();
      left = { kind: 'and', left, right, ...this.spanFrom(from) };
    }
    return left;
  }

  private not(): Expression {
    const { from } = this;
    if (!this.take('not')) return this.comparison();
    const operand = this.not();
    return { kind: 'unary', op: 'not', operand, ...this.spanFrom(from) };
  }

  private comparison(): Expression {
    const { from } = this;
    const first = this.binary(0);
    let op = this.comparisonOperator();
    if (op === undefined) return first;
    const rest: { op: string; right: Expression }[] = [];
    for (; op !== undefined; op = this.comparisonOperator()) rest.push({ op, right: this.binary(0) });
    return { kind: 'compare', first, rest, ...this.spanFrom(from) };
  }

  private comparisonOperator(): string | undefined {
    const { word } = this;
    if (word === 'not') {
      this.at++;
      this.expect('in');
      return 'not in';
    }
    if (!comparisons.has(word)) return undefined;
    this.at++;
    return word === 'is' && this.take('not') ? 'is not' : word;
  }

  /** Binary operators that bind more tightly than `above`. */
  protected binary(above: number): Expression {
    const { from } = this;
    let left = this.unary();
    for (;;) {
      const op = this.word;
      const precedence = Object.hasOwn(precedences, op) ? precedences[op] : 0;
      if (precedence <= above) return left;
      this.at++;
      const right = this.binary(precedence);
      left = { kind: 'binary', op, left, right, ...this.spanFrom(from) };
    }
  }

  private unary(): Expression {
    const { from, word } = this;
    if (word !== '-' && word !== '+' && word !== '~') return this.power();
    this.at++;
    const operand = this.unary();
    return { kind: 'unary', op: word, operand, ...this.spanFrom(from) };
  }

  private power(): Expression {
    const { from } = this;
    let left: Expression;
    if (this.take('await')) {
      const value = this.primary();
      left = { kind: 'await', value, ...this.spanFrom(from) };
    } else left = this.primary();
    if (!this.take('**')) return left;
    const right = this.unary();
    return { kind: 'binary', op: '**', left, right, ...this.spanFrom(from) };
  }

  protected primary(): Expression {
    const { from } = this;
    let value = this.atom();
    for (;;) {
      const { word } = this;
      if (word === '.') {
        this.at++;
        const name = this.name();
        value = { kind: 'attribute', object: value, name, ...this.spanFrom(from) };
      } else if (word === '(') value = this.call(value, from);
      else if (word === '[') {
        this.at++;
        const index = this.index();
        this.expect(']');
        value = { kind: 'subscript', object: value, index, ...this.spanFrom(from) };
      } else return value;
    }
  }

  private call(callee: Expression, from: number): CallNode {
    const args = this.args();
    return {
      kind: 'call',
      chunk: this.chunk,
      callee,
      args,
      statement: this.statement,
      ...this.spanFrom(from),
    };
  }

  /** Arguments of a call or bases of a class, with their parentheses. */
  protected args(): Argument[] {
    const args: Argument[] = [];
    this.expect('(');
    while (!this.is(')')) {
      const { from, word } = this;
      if (word === '*' || word === '**') {
        this.at++;
        const value = this.test();
        args.push({ keyword: word, value, ...this.spanFrom(from) });
      } else if (this.isNameBefore('=')) {
        const keyword = this.name();
        this.at++;
        const value = this.test();
        args.push({ keyword, value, ...this.spanFrom(from) });
      } else {
        let value = this.named();
        if (this.is('for')) {
          if (args.length > 0) throw notRead;
          const clauses = this.clauses();
          value = { kind: 'comprehension', result: 'generator', element: value, clauses, ...this.spanFrom(from) };
          if (!this.is(')')) throw notRead;
        }
        args.push({ value, ...this.spanFrom(from) });
      }
      if (!this.is(')')) this.expect(',');
    }
    this.at++;
    return args;
  }

  private index(): Expression {
    const { from } = this;
    const items: Expression[] = [];
    let commas = 0;
    for (;;) {
      if (this.is(']') && commas > 0) break;
      items.push(this.is('*') ? this.item(() => this.test()) : this.slice());
      if (!this.take(',')) break;
      commas++;
    }
    return commas === 0 ? items[0] : { kind: 'tuple', items, ...this.spanFrom(from) };
  }

  private slice(): Expression {
    const { from } = this;
    const lower = this.is(':') ? undefined : this.named();
    if (!this.take(':')) return lower ?? { kind: 'hole', from, to: from };
    const ends = (): boolean => this.is(':') || this.is(']') || this.is(',');
    const upper = ends() ? undefined : this.test();
    const step = this.take(':') && !ends() ? this.test() : undefined;
    return { kind: 'slice', lower, upper, step, ...this.spanFrom(from) };
  }

  private lambda(): Expression {
    const { from, yields } = this;
    this.at++;
    const parameters = this.parameters(':', false);
    this.expect(':');
    const body = this.test();
    this.yields = yields;
    return { kind: 'lambda', parameters, body, chunk: this.chunk, ...this.spanFrom(from) };
  }

  /** Parameters up to the word that ends them. */
  protected parameters(until: string, annotated: boolean): Parameter[] {
    const parameters: Parameter[] = [];
    let keywordOnly = false;
    while (this.word !== until) {
      const { word } = this;
      if (word === '*' || word === '**') this.at++;
      const star = word === '*' || word === '**' ? word : '';
      if (word === '/') {
        this.at++;
        if (parameters.length === 0) throw notRead;
      } else if (star === '*' && !this.isKind(Kind.Name)) {
        if (!this.is(',')) throw notRead;
        keywordOnly = true;
      } else {
        const name = this.name();
        const annotation = annotated && this.take(':') ? this.test() : undefined;
        const value = star === '' && this.take('=') ? this.test() : undefined;
        parameters.push({ name, star, keywordOnly: keywordOnly && star === '', annotation, default: value });
        if (star === '*') keywordOnly = true;
      }
      if (this.word !== until) this.expect(',');
    }
    return parameters;
  }

  protected nested(from: number, to: number): Expression {
    const inner = new ExpressionParser(this.chunk, tokensOf(this.tokens.text, from, to, false));
    inner.statement = this.statement;
    const value = inner.sequence();
    if (!inner.isKind(Kind.End)) throw notRead;
    return value;
  }
}
