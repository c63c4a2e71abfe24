import type { Comprehension, Expression } from '../ast';
import { numberValue, stringValue } from '../strings';
import { formatParts } from './formats';
import { TokenReader } from './reader';
import { Kind, notRead } from './tokens';

/** Reads what stands for itself: names, literals, and what is between brackets. */
export abstract class DisplayParser extends TokenReader {
  abstract named(): Expression;
  protected abstract test(): Expression;
  protected abstract or(): Expression;
  protected abstract binary(above: number): Expression;
  protected abstract primary(): Expression;
  /** The expression in a format string. */
  protected abstract nested(from: number, to: number): Expression;

  /** Expressions with commas between them: a tuple; one alone: itself. */
  sequence(read: () => Expression = () => this.test()): Expression {
    const { from } = this;
    const starred = this.is('*');
    const first = this.item(read);
    if (!starred && !this.is(',')) return first;
    const items = [first];
    while (this.take(',') && this.startsExpression()) items.push(this.item(read));
    return { kind: 'tuple', items, ...this.spanFrom(from) };
  }

  protected item(read: () => Expression): Expression {
    const { from } = this;
    if (!this.take('*')) return read();
    const value = this.binary(0);
    return { kind: 'star', value, ...this.spanFrom(from) };
  }

  protected startsExpression(): boolean {
    const kind = this.tokens.kinds[this.at];
    if (kind === Kind.Name || kind === Kind.Number || kind === Kind.String) return true;
    return starters.has(this.word);
  }

  protected atom(): Expression {
    const { from, tokens, at } = this;
    const to = tokens.to[at];
    switch (tokens.kinds[at]) {
      case Kind.Name:
        this.at++;
        return { kind: 'name', name: this.text(at), from, to };
      case Kind.Number: {
        this.at++;
        const number = numberValue(this.text(at));
        return number === undefined ? { kind: 'hole', from, to } : { kind: 'number', ...number, from, to };
      }
      case Kind.String:
        return this.strings();
      case Kind.Keyword:
        return this.constant();
      case Kind.Operator:
        break;
      default:
        throw notRead;
    }
    switch (this.word) {
      case '(':
        return this.parenthesized();
      case '[':
        return this.list();
      case '{':
        return this.braces();
      case '...':
        this.at++;
        return { kind: 'ellipsis', from, to };
    }
    throw notRead;
  }

  private constant(): Expression {
    const { from, word } = this;
    if (word !== 'None' && word !== 'True' && word !== 'False') throw notRead;
    this.at++;
    return { kind: 'constant', value: word === 'None' ? null : word === 'True', ...this.spanFrom(from) };
  }

  private strings(): Expression {
    const { from } = this;
    const parts: (Expression & { kind: 'format' })['parts'][number][] = [];
    for (; this.isKind(Kind.String); this.at++) {
      const text = this.text(this.at);
      const start = this.from;
      if (/^[rR]?[fF]/.test(text))
        parts.push(...formatParts(text, (first, last) => this.nested(start + first, start + last)));
      else parts.push(stringValue(text));
    }
    const span = this.spanFrom(from);
    if (parts.every((part) => typeof part === 'string')) return { kind: 'string', value: parts.join(''), ...span };
    return { kind: 'format', parts, ...span };
  }

  private parenthesized(): Expression {
    const { from } = this;
    this.at++;
    if (this.take(')')) return { kind: 'tuple', items: [], ...this.spanFrom(from) };
    if (this.is('yield')) {
      const value = this.yield();
      this.expect(')');
      return value;
    }
    const starred = this.is('*');
    const first = this.item(() => this.named());
    if (this.is('for') && !starred) {
      const clauses = this.clauses();
      this.expect(')');
      return { kind: 'comprehension', result: 'generator', element: first, clauses, ...this.spanFrom(from) };
    }
    if (this.is(',')) {
      const items = this.rest(first, ')');
      return { kind: 'tuple', items, ...this.spanFrom(from) };
    }
    this.expect(')');
    if (starred) throw notRead;
    // A chained comparison ends at parentheses: (a < b) < c compares the result.
    return first.kind === 'compare' ? { ...first, ...this.spanFrom(from) } : first;
  }

  /** Further items of a list of any kind, and the bracket that ends it. */
  private rest(first: Expression, closing: string): Expression[] {
    const items = [first];
    while (!this.take(closing)) {
      this.expect(',');
      if (this.word !== closing) items.push(this.item(() => this.named()));
    }
    return items;
  }

  private list(): Expression {
    const { from } = this;
    this.at++;
    if (this.take(']')) return { kind: 'list', items: [], ...this.spanFrom(from) };
    const starred = this.is('*');
    const first = this.item(() => this.named());
    if (this.is('for') && !starred) {
      const clauses = this.clauses();
      this.expect(']');
      return { kind: 'comprehension', result: 'list', element: first, clauses, ...this.spanFrom(from) };
    }
    const items = this.rest(first, ']');
    return { kind: 'list', items, ...this.spanFrom(from) };
  }

  private braces(): Expression {
    const { from } = this;
    this.at++;
    if (!this.is('**') && !this.is('}')) {
      const first = this.item(() => this.named());
      if (!this.is(':')) return this.set(first, from);
      this.at++;
      const value = this.test();
      if (this.is('for')) {
        const clauses = this.clauses();
        this.expect('}');
        return { kind: 'comprehension', result: 'dict', element: first, value, clauses, ...this.spanFrom(from) };
      }
      return this.dictionary([{ key: first, value }], from);
    }
    return this.dictionary([], from);
  }

  private set(first: Expression, from: number): Expression {
    if (this.is('for')) {
      const clauses = this.clauses();
      this.expect('}');
      return { kind: 'comprehension', result: 'set', element: first, clauses, ...this.spanFrom(from) };
    }
    const items = this.rest(first, '}');
    return { kind: 'set', items, ...this.spanFrom(from) };
  }

  private dictionary(items: { key?: Expression; value: Expression }[], from: number): Expression {
    while (!this.take('}')) {
      if (items.length > 0) this.expect(',');
      if (this.take('}')) break;
      if (this.take('**')) {
        items.push({ value: this.binary(0) });
        continue;
      }
      const key = this.test();
      this.expect(':');
      items.push({ key, value: this.test() });
    }
    return { kind: 'dict', items, ...this.spanFrom(from) };
  }

  protected clauses(): Comprehension['clauses'] {
    const clauses: Comprehension['clauses'][number][] = [];
    for (;;) {
      if (this.take('for')) {
        const target = this.targets();
        this.expect('in');
        clauses.push({ kind: 'for', target, iterable: this.or() });
      } else if (this.take('if')) {
        clauses.push({ kind: 'if', condition: this.or() });
      } else return clauses;
    }
  }

  /** What a loop assigns to: primaries, since `in` ends them. */
  protected targets(): Expression {
    return this.sequence(() => this.primary());
  }

  protected yield(): Expression {
    const { from } = this;
    this.at++;
    this.yields = true;
    const from_ = this.take('from');
    const value = from_ ? this.test() : this.startsExpression() ? this.sequence() : undefined;
    return { kind: 'yield', value, from_, ...this.spanFrom(from) };
  }
}

const starters = new Set(['(', '[', '{', '-', '+', '~', '*', '...', 'not', 'lambda', 'await', 'None', 'True', 'False']);
