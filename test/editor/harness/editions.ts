/** A build of VS Code that the suites run in, and the npm packages that make it up. */
export interface Edition {
  readonly name: string;
  /** Version of VS Code; desktop runs download this one. */
  readonly vscode: string;
  /** Version of npm's code-server whose `lib/vscode` is that VS Code with a real extension host. */
  readonly codeServer: string;
  /** Version of Node that this code-server names in its `engines`. */
  readonly node: string;
  /** What that code-server's own install scripts would have fetched from elsewhere, from npm instead. */
  readonly more?: Readonly<Record<string, string>>;
}

/** The oldest VS Code that the manifest promises to support. */
const oldest: Edition = {
  name: 'oldest',
  vscode: '1.100.3',
  codeServer: '4.100.3',
  node: '20.20.2',
  more: { '@vscode/ripgrep-universal': '1.18.0' },
};

const newest: Edition = { name: 'newest', vscode: '1.139.1', codeServer: '4.139.1', node: '24.21.0' };

/** Oldest first: what an old editor lacks is the likelier failure. */
export const editions: readonly Edition[] = [oldest, newest];

export { newest };
