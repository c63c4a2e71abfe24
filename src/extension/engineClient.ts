import { fork, type ChildProcess } from 'node:child_process';
import {
  createMessageConnection,
  IPCMessageReader,
  IPCMessageWriter,
  ResponseError,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import { inspectRequest, type FailureData } from '../protocol/messages';
import type { ModelSummary } from '../protocol/model';

/** The engine process as the extension sees it: forked on first need, ended with the extension. */
export class EngineClient {
  private running: { readonly child: ChildProcess; readonly connection: MessageConnection } | undefined;

  constructor(private readonly entry: string) {}

  async inspect(path: string): Promise<ModelSummary> {
    return this.start().sendRequest(inspectRequest, { path });
  }

  dispose(): void {
    this.running?.connection.dispose();
    this.running?.child.kill();
    this.running = undefined;
  }

  private start(): MessageConnection {
    if (this.running) return this.running.connection;
    const child = fork(this.entry, [], {
      execArgv: [],
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
    connection.listen();
    this.running = { child, connection };
    child.once('exit', () => {
      connection.dispose();
      if (this.running?.child === child) this.running = undefined;
    });
    return connection;
  }
}

/** The engine's own sentence and hint, or the error's message. */
export function describeFailure(error: unknown): string {
  if (error instanceof ResponseError) {
    const { hint } = (error as ResponseError<FailureData>).data ?? {};
    return hint ? `${error.message} ${hint}` : error.message;
  }
  return error instanceof Error ? error.message : String(error);
}
