import * as vscode from 'vscode';
import { cliProgram } from './cliProgram';

/** What VS Code has from 1.101 on. The oldest one promised has it as a proposal, which throws when it is used. */
interface McpApi {
  readonly lm: {
    registerMcpServerDefinitionProvider?(
      id: string,
      provider: { provideMcpServerDefinitions(): unknown[] },
    ): vscode.Disposable;
  };
  readonly McpStdioServerDefinition?: new (
    label: string,
    command: string,
    args: string[],
    env: Record<string, string>,
    version: string,
  ) => unknown;
}

/** Offers the command line's MCP server to agents in this editor, where the editor knows MCP. */
export function registerMcpServer({ extensionUri, extension }: vscode.ExtensionContext): vscode.Disposable {
  const { lm, McpStdioServerDefinition } = vscode as unknown as McpApi;
  if (isBefore(101) || !lm.registerMcpServerDefinitionProvider || !McpStdioServerDefinition)
    return { dispose: () => {} };
  return lm.registerMcpServerDefinitionProvider('layerwise.mcp', {
    provideMcpServerDefinitions: () => {
      if (!vscode.workspace.isTrusted) return [];
      const { version } = extension.packageJSON as { version: string };
      const { command, args, env } = cliProgram(extensionUri);
      return [new McpStdioServerDefinition('Layerwise', command, [...args, 'mcp'], { ...env }, version)];
    },
  });
}

/** Whether this is VS Code 1.x with a smaller x. */
function isBefore(minor: number): boolean {
  const [major, current] = vscode.version.split('.').map(Number);
  return major === 1 && current < minor;
}
