import { applyRequest, detailsRequest, detailType, graphRequest, inspectRequest } from '../protocol/messages';
import { answer } from './answer';
import type { EngineParts } from './engine';

/** What a model is, and what a plan makes of it. */
export function answerModelRequests({ connection, reader, pool }: EngineParts): void {
  answer(connection, inspectRequest, (params, signal) => reader.request('inspect', params, { signal }));
  answer(connection, graphRequest, (params, signal) => reader.request('graph', params, { signal }));
  answer(connection, detailsRequest, ({ details, ...params }, signal) =>
    pool.request('details', params, {
      signal,
      onProgress: (detail) => {
        if (details !== undefined) void connection.sendProgress(detailType, details, detail);
      },
    }),
  );
  answer(connection, applyRequest, (params, signal) => pool.request('apply', params, { signal }));
}
