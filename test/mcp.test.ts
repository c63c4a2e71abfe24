import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inspectRequest, readyNotification } from '../src/protocol/messages';
import type { Report } from '../src/protocol/report';
import { makeSmallTask, type SmallTask } from './support/smallTask';

const cli = join(import.meta.dirname, '..', 'dist', 'cli.js');
const folder = mkdtempSync(join(tmpdir(), 'layerwise-mcp-'));
const env = { ...process.env, LAYERWISE_CACHE: join(folder, 'cache'), TMPDIR: folder } as Record<string, string>;
let task: SmallTask;

beforeAll(() => {
  task = makeSmallTask(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('layerwise mcp', () => {
  const client = new Client({ name: 'test', version: '1.0.0' });
  beforeAll(async () => {
    await client.connect(new StdioClientTransport({ command: process.execPath, args: [cli, 'mcp'], cwd: folder, env }));
  });
  afterAll(() => client.close());

  it('lists its tools with their inputs', async () => {
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name).sort()).toEqual([
      'compare_models',
      'compress_model',
      'inspect_model',
      'measure_latency',
    ]);
    const compress = tools.find(({ name }) => name === 'compress_model');
    expect(compress?.inputSchema.required).toEqual(expect.arrayContaining(['model', 'budget']));
  });

  it('inspects a model, and says what is wrong with one that is none', async () => {
    const result = await client.callTool({ name: 'inspect_model', arguments: { model: 'small.onnx' } });
    expect(result.isError).toBeFalsy();
    expect(result.structuredContent).toMatchObject({ totals: { macs: 1_511_552 } });
    const missing = await client.callTool({ name: 'inspect_model', arguments: { model: 'absent.onnx' } });
    expect(missing.isError).toBe(true);
    expect(JSON.stringify(missing.content)).toMatch(/absent\.onnx.*Check the path/);
  });

  it('compresses a model and reports how far it is', async () => {
    const progress: number[] = [];
    const result = await client.callTool(
      {
        name: 'compress_model',
        arguments: {
          model: task.model,
          budget: { resource: 'macs', text: '0.5x' },
          search: 'knapsack',
          epochs: 0,
          out: 'smaller.onnx',
        },
      },
      undefined,
      { onprogress: ({ progress: value }) => progress.push(value), timeout: 240_000 },
    );
    expect(result.isError).toBeFalsy();
    const report = result.structuredContent as unknown as Report & { run: string };
    expect(report.search).toBe('knapsack');
    expect(existsSync(report.model.result)).toBe(true);
    expect(existsSync(join(folder, 'smaller.onnx'))).toBe(true);
    expect(progress.length).toBeGreaterThan(2);
    expect(progress).toEqual([...new Set(progress)].toSorted((a, b) => a - b));
  }, 240_000);

  it('stops a compression that is cancelled, and can begin another one', async () => {
    const controller = new AbortController();
    const call = (signal?: AbortSignal): Promise<unknown> =>
      client.callTool(
        { name: 'compress_model', arguments: { model: task.model, budget: { resource: 'latency', text: '0.5x' } } },
        undefined,
        { signal, timeout: 240_000, onprogress: () => controller.abort('enough') },
      );
    await expect(call(controller.signal)).rejects.toThrow();
    // It is over as soon as what was asked for next is not refused for the one that runs.
    let refused = true;
    while (refused) {
      const again = new AbortController();
      const answer = client.callTool(
        { name: 'compress_model', arguments: { model: 'absent.onnx', budget: { resource: 'macs', text: '0.5x' } } },
        undefined,
        { signal: again.signal },
      );
      const text = JSON.stringify((await answer).content);
      refused = text.includes('one at a time');
      if (!refused) expect(text).toContain('There is no file');
    }
  }, 240_000);
});

describe('layerwise serve --stdio', () => {
  let child: ChildProcess;
  afterAll(() => child?.kill());

  it('answers the protocol, and ends with its input', async () => {
    child = spawn(process.execPath, [cli, 'serve', '--stdio'], { env, stdio: ['pipe', 'pipe', 'inherit'] });
    const connection = createMessageConnection(
      new StreamMessageReader(child.stdout!),
      new StreamMessageWriter(child.stdin!),
    );
    const ready = new Promise<string>((resolve) =>
      connection.onNotification(readyNotification, ({ version }) => resolve(version)),
    );
    connection.listen();
    expect(await ready).toMatch(/^\d/);
    expect((await connection.sendRequest(inspectRequest, { path: task.model })).layers).toHaveLength(5);
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.stdin!.end();
    expect(await gone).toBe(0);
  });
});
