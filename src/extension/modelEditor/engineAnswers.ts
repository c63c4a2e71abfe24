import type * as vscode from 'vscode';
import type { ForwardedMethod } from '../../protocol/page';
import type { ModelTimes } from '../../protocol/times';
import type { App } from '../app';
import type { RequestOptions } from '../engineProcess';
import type { ParamsOf } from '../engineRequests';
import type { RequestContext } from './pageChannel';

/** Requests of a page that take long enough to report how far they are. */
const reporting: ReadonlySet<ForwardedMethod> = new Set(['measure', 'staircase', 'compare']);

/** Passes a request of a page on to the engine. The views learn what the page learns. */
export async function answerEngine(
  app: App,
  model: vscode.Uri,
  method: ForwardedMethod,
  params: object,
  { token, progress }: RequestContext,
): Promise<unknown> {
  // The views want the structure too: it is read once.
  if (method === 'inspect') return app.models.summary(model);
  const options: RequestOptions = {
    token,
    ...(reporting.has(method) && { onProgress: progress }),
    ...(method === 'details' && { onDetail: progress }),
  };
  const result: unknown = await app.engine.request(method, params as ParamsOf<ForwardedMethod>, options);
  if (method === 'measure') {
    app.models.keepTimes(model, result as ModelTimes);
    app.devices.refresh();
  }
  return result;
}
