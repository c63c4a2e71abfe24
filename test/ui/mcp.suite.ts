import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import * as assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import * as path from 'node:path';
import { after, before, describe, it } from 'mocha';
import { root } from '../editor/harness/paths';
import { uiSettings } from './support/settings';

/** What the editor is told to start when an agent asks for the extension's MCP server. */
describe('the MCP server of the installed package', () => {
  const client = new Client({ name: 'test', version: '1.0.0' });
  before(async () => {
    const { extensions, editor } = uiSettings();
    const [folder] = readdirSync(extensions).filter((name) => name.startsWith('layerwise.'));
    const cli = path.join(extensions, folder, 'dist', 'cli.js');
    await client.connect(new StdioClientTransport({ command: editor.node, args: [cli, 'mcp'], cwd: root }));
  });
  after(() => client.close());

  it('lists its tools', async () => {
    const { tools } = await client.listTools();
    assert.ok(tools.some(({ name }) => name === 'inspect_model'));
  });

  it('tells the layers of a model', async () => {
    const model = path.join(root, 'media', 'sample.onnx');
    const answer = await client.callTool({ name: 'inspect_model', arguments: { model } });
    assert.ok(!answer.isError, JSON.stringify(answer.content));
    assert.match(JSON.stringify(answer), /stage3\/2\/conv\/Conv/);
  });
});
