import {
  type CancellationToken,
  ErrorCodes,
  ResponseError,
  type HandlerResult,
  type MessageConnection,
  type RequestType,
} from 'vscode-jsonrpc/node';
import type { FailureData } from '../protocol/messages';
import { CancelledError } from '../runs/errors';

/** JSON-RPC keeps codes from -32099 to -32000 for servers; this one says "the request can't be done, here is why". */
const failedCode = -32001;

/** The code by which editors know a request that was cancelled (Language Server Protocol, ErrorCodes). */
const cancelledCode = -32800;

/** Answers a request; cancellation comes as a signal, and errors cross whole. */
export function answer<Params, Result>(
  connection: MessageConnection,
  type: RequestType<Params, Result, FailureData>,
  work: (params: Params, signal: AbortSignal) => Promise<Result>,
): void {
  const handle = async (params: Params, token: CancellationToken): Promise<Result> => {
    const { signal, dispose } = signalOf(token);
    try {
      return await work(params, signal);
    } catch (error) {
      throw toResponseError(error);
    } finally {
      dispose();
    }
  };
  connection.onRequest(type, (params, token) => handle(params, token) as HandlerResult<Result, FailureData>);
}

function signalOf(token: CancellationToken): { readonly signal: AbortSignal; readonly dispose: () => void } {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort(new CancelledError());
  const listening = token.onCancellationRequested(() => controller.abort(new CancelledError()));
  return { signal: controller.signal, dispose: () => listening.dispose() };
}

/** An error as the editor gets it: its sentence, what to do next, its class, and for the log where it came from. */
export function toResponseError(error: unknown): ResponseError<FailureData> {
  if (!(error instanceof Error)) return new ResponseError(ErrorCodes.InternalError, String(error), {});
  const { name: kind, message, stack } = error;
  const hint = 'hint' in error && typeof error.hint === 'string' ? error.hint : undefined;
  const code = CancelledError.is(error) ? cancelledCode : failedCode;
  return new ResponseError(code, message, { kind, ...(hint !== undefined && { hint }), ...(stack && { stack }) });
}
