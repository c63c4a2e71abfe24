import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { registerTools } from './mcpTools';

/** Offers the tools on standard input and output until either ends. */
export async function serveTools(version: string): Promise<void> {
  const server = new McpServer({ name: 'layerwise', version });
  const dispose = registerTools(server);
  await server.connect(new StdioServerTransport());
  await new Promise<void>((resolve) => {
    server.server.onclose = resolve;
    process.stdin.once('end', resolve);
  });
  dispose();
}
