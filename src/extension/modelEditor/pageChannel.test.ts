import { describe, expect, it } from 'vitest';
import type { PageAnswer, PageEvent } from '../../protocol/page';
import { forwardedMethods } from '../../protocol/page';
import { RequestCancelledError } from '../failure';
import { PageChannel, type Answer } from './pageChannel';
import { forwardedParams, hostParams } from './pageMessages';

function channelWith(answer: Answer): { channel: PageChannel; sent: (PageAnswer | PageEvent)[]; warnings: string[] } {
  const sent: (PageAnswer | PageEvent)[] = [];
  const warnings: string[] = [];
  const port = {
    postMessage: async (message: PageAnswer | PageEvent): Promise<boolean> => {
      sent.push(message);
      return true;
    },
  };
  return { channel: new PageChannel(port, answer, (text) => warnings.push(text)), sent, warnings };
}

const request = { kind: 'request', id: 7, method: 'inspect', params: {} };

describe('messages of a page', () => {
  it('are answered by their number, with progress before', async () => {
    const { channel, sent } = channelWith(async (method, _params, { progress }) => {
      progress(0.5);
      return `${method}ed`;
    });
    await channel.receive(request);
    expect(sent).toEqual([
      { kind: 'progress', id: 7, value: 0.5 },
      { kind: 'result', id: 7, result: 'inspected' },
    ]);
  });

  it('get the error with its hint', async () => {
    const { channel, sent, warnings } = channelWith(async () => {
      throw Object.assign(new Error('No.'), { hint: 'Try yes.' });
    });
    await channel.receive(request);
    expect(sent).toEqual([{ kind: 'error', id: 7, message: 'No.', hint: 'Try yes.' }]);
    expect(warnings).toHaveLength(1);
  });

  it('can be cancelled, which is no news for the log', async () => {
    const { channel, sent, warnings } = channelWith(
      (_method, _params, { token }) =>
        new Promise((_resolve, reject) => token.onCancellationRequested(() => reject(new RequestCancelledError()))),
    );
    const answered = channel.receive(request);
    await channel.receive({ kind: 'cancel', id: 7 });
    await answered;
    expect(sent).toMatchObject([{ kind: 'error', id: 7 }]);
    expect(warnings).toEqual([]);
  });

  it.each([undefined, null, 3, 'text', {}, { kind: 'request' }, { kind: 'request', id: 'x', method: 'm', params: 1 }])(
    'that make no sense are logged and left alone: %j',
    async (message) => {
      const { channel, sent, warnings } = channelWith(async () => 'never');
      await channel.receive(message);
      expect(sent).toEqual([]);
      expect(warnings).toHaveLength(1);
    },
  );

  it('are cancelled when the page goes, and nothing is sent any more', async () => {
    const { channel, sent } = channelWith(
      (_method, _params, { token }) => new Promise((resolve) => token.onCancellationRequested(() => resolve(1))),
    );
    const answered = channel.receive(request);
    channel.close();
    await answered;
    channel.send('engine', { state: 'running' });
    expect(sent).toEqual([]);
  });
});

describe('parameters of a page', () => {
  it('are checked for every request that is passed on', () => {
    expect(Object.keys(forwardedParams)).toEqual([...forwardedMethods]);
  });

  it('let through what is right and nothing else', () => {
    const device = { provider: 'cpu', threads: 1 };
    expect(forwardedParams.measure.parse({ path: '/m', device, more: 1 })).toEqual({ path: '/m', device });
    expect(() => forwardedParams.measure.parse({ path: '/m', device: { provider: 'abacus', threads: 1 } })).toThrow();
    expect(() => forwardedParams.inspect.parse({ path: '' })).toThrow();
    expect(() => hostParams.setPinned.parse({ pinned: { a: 0 } })).toThrow();
    expect(() =>
      hostParams.startRun.parse({ request: { model: '/m', budget: { resource: 'time', text: '1' } } }),
    ).toThrow();
  });
});
