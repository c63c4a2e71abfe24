import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, mkdtempSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import type { InstalledEditor } from './install';
import { scratch } from './paths';
import { removeFolder } from './removeFolder';

export interface ServerOptions {
  /** Holds `User/settings.json`. */
  readonly userDataFolder: string;
  readonly extensionsFolder: string;
  /** Reads extensions under development and their tests from the address; hides notification toasts. */
  readonly driver: boolean;
  /** Every workspace is trusted and nobody asks. */
  readonly trustAll: boolean;
  /** Added to the environment of the extension host. */
  readonly env?: NodeJS.ProcessEnv;
}

/** How the extension host's process ended; `code` and `signal` as the server's log names them. */
export interface HostEnd {
  readonly code: string;
  readonly signal: string;
}

/** VS Code's server with its extension host, on a loopback port of its own. */
export class EditorServer {
  /** Host and port, as `vscode-remote://` addresses name it. */
  readonly authority: string;

  private constructor(
    private readonly child: ChildProcess,
    private readonly home: string,
    port: string,
    /** Settles when the extension host's process has ended. */
    readonly hostEnd: Promise<HostEnd>,
  ) {
    this.authority = `127.0.0.1:${port}`;
  }

  /** Starts the server; its log goes to `.vscode-test/logs`. */
  static async start(editor: InstalledEditor, options: ServerOptions): Promise<EditorServer> {
    const home = mkdtempSync(path.join(tmpdir(), 'layerwise-editor-'));
    const child = spawn(editor.node, serverArguments(editor, home, options), {
      // The user's own home stays untouched, and no marketplace is asked.
      env: { ...process.env, HOME: home, VSCODE_IPC_HOOK_CLI: '', EXTENSIONS_GALLERY: '{}', ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // Who is interrupted leaves no server behind.
    process.once('exit', () => child.kill());
    const log = logFile(`server-${editor.edition.name}-${process.pid}.log`);
    let seen = '';
    const watchers = new Set<() => void>();
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        log.write(text);
        seen += text;
        for (const look of watchers) look();
      });
    /** Settles with the groups of the first place in the output that matches. */
    const output = (pattern: RegExp): Promise<RegExpExecArray> =>
      new Promise((resolve) => {
        const look = (): void => {
          const match = pattern.exec(seen);
          if (!match) return;
          watchers.delete(look);
          resolve(match);
        };
        watchers.add(look);
      });
    const ended = new Promise<never>((_, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`The editor's server ended with ${code}:\n${seen}`)));
    });
    ended.catch(() => {}); // who waits for the port hears of it; later it is the normal end
    const [, port] = await Promise.race([output(/Extension host agent listening on (\d+)/), ended]);
    const hostEnd = output(/Extension Host Process exited with code: (\S+), signal: (\w+)/);
    return new EditorServer(
      child,
      home,
      port,
      hostEnd.then(([, code, signal]) => ({ code, signal })),
    );
  }

  /** The address of the workbench on a folder; `payload` as VS Code's web workbench reads it. */
  address(folder: string, payload: readonly (readonly [string, string])[] = []): string {
    const query = new URLSearchParams({ folder, payload: JSON.stringify(payload) });
    return `http://${this.authority}/?${query.toString()}`;
  }

  /** A file of this machine as the workbench names it. */
  remote(file: string): string {
    return `vscode-remote://${this.authority}${file}`;
  }

  /** Ends the server and its extension host. */
  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const gone = new Promise((resolve) => this.child.once('exit', resolve));
      this.child.kill('SIGTERM');
      const hard = setTimeout(() => this.child.kill('SIGKILL'), 5000);
      await gone;
      clearTimeout(hard);
    }
    await removeFolder(this.home);
  }
}

function serverArguments({ vscode }: InstalledEditor, home: string, options: ServerOptions): string[] {
  return [
    path.join(vscode, 'out', 'server-main.js'),
    '--accept-server-license-terms',
    '--host=127.0.0.1',
    '--port=0',
    '--without-connection-token',
    '--telemetry-level=off',
    '--disable-getting-started-override',
    `--server-data-dir=${path.join(home, 'server')}`,
    `--user-data-dir=${options.userDataFolder}`,
    `--extensions-dir=${options.extensionsFolder}`,
    ...(options.trustAll ? ['--disable-workspace-trust'] : []),
    ...(options.driver ? ['--enable-smoke-test-driver'] : []),
  ];
}

function logFile(name: string): NodeJS.WritableStream {
  const folder = path.join(scratch, 'logs');
  mkdirSync(folder, { recursive: true });
  return createWriteStream(path.join(folder, name));
}
