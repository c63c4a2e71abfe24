import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js';
import type { CallToolResult, ServerNotification, ServerRequest } from '@modelcontextprotocol/sdk/types.js';
import type { Progress } from '../protocol/runs';

/** The result of a tool: text for the agent, and the same as data. What goes wrong is told with what to do next. */
export async function toolOf(
  work: () => Promise<{ readonly text: string; readonly value: object }>,
): Promise<CallToolResult> {
  try {
    const { text, value } = await work();
    return { content: [{ type: 'text', text }], structuredContent: { ...value } };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const hint = error instanceof Error && 'hint' in error ? ` ${String(error.hint)}` : '';
    return { content: [{ type: 'text', text: `${message}${hint}` }], isError: true };
  }
}

/** Reports how far a tool is to a client that asked for it: stages done, and the share of the present one. */
export function progressOf({
  _meta,
  sendNotification,
}: RequestHandlerExtra<ServerRequest, ServerNotification>): (progress: Progress) => void {
  const progressToken = _meta?.progressToken;
  let stages = -1;
  let stage: string | undefined;
  let told = -1;
  return (progress) => {
    if (progressToken === undefined) return;
    if (progress.stage !== stage) {
      stage = progress.stage;
      stages++;
    }
    // The protocol wants numbers that rise.
    const value = stages + Math.min(progress.fraction, 0.999);
    if (value <= told) return;
    told = value;
    const message = [progress.stage, progress.message].filter(Boolean).join(': ');
    void sendNotification({ method: 'notifications/progress', params: { progressToken, progress: value, message } });
  };
}
