import { Command } from 'commander';
import { version } from '../../../package.json';

export function mcpCommand(): Command {
  return new Command('mcp')
    .description(
      'offer inspecting, measuring, compressing and comparing as tools to agents (Model Context Protocol, stdio)',
    )
    .addHelpText('after', '\nExample:\n  layerwise mcp')
    .action(async () => {
      // Loaded on need: it is a third of the program, and other commands start without it.
      const { serveTools } = await import('../mcpServer');
      await serveTools(version);
    });
}
