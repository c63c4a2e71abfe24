import type { Chunk, Span } from '../ast';
import { Kind, notRead, type Tokens } from './tokens';

/** A place in a row of tokens, and what is known where it stands. */
export class TokenReader {
  protected at = 0;
  /** Range of the statement under way, which its calls report; its end is set when it is known. */
  protected statement: { from: number; to: number } = { from: 0, to: 0 };
  /** Whether a `yield` stood in the function under way. */
  protected yields = false;

  constructor(
    readonly chunk: Chunk,
    protected readonly tokens: Tokens,
  ) {}

  protected get from(): number {
    return this.tokens.from[this.at];
  }

  /** End of the last token that was read. */
  protected get end(): number {
    return this.tokens.to[this.at - 1];
  }

  /** The next token when it is an operator or keyword, otherwise empty. */
  protected get word(): string {
    return this.tokens.words[this.at];
  }

  protected is(word: string): boolean {
    return this.tokens.words[this.at] === word;
  }

  protected isKind(kind: Kind): boolean {
    return this.tokens.kinds[this.at] === kind;
  }

  /** Whether a name is next, with a certain operator after it. */
  protected isNameBefore(word: string): boolean {
    const { kinds, words } = this.tokens;
    return kinds[this.at] === Kind.Name && words[this.at + 1] === word;
  }

  protected take(word: string): boolean {
    if (this.tokens.words[this.at] !== word) return false;
    this.at++;
    return true;
  }

  protected expect(word: string): void {
    if (!this.take(word)) throw notRead;
  }

  protected name(): string {
    if (!this.isKind(Kind.Name)) throw notRead;
    return this.text(this.at++);
  }

  protected text(at: number): string {
    const { tokens } = this;
    return tokens.text.slice(tokens.from[at], tokens.to[at]);
  }

  protected spanFrom(from: number): Span {
    return { from, to: this.end };
  }
}
