import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { PageTarget } from '../../protocol/page';
import type { App } from '../app';
import { t } from '../l10n';
import { answerEngine } from './engineAnswers';
import { hostAnswers } from './hostAnswers';
import { PageChannel, type RequestContext } from './pageChannel';
import { pageHtml } from './pageHtml';
import { forwardedParams, hostParams, isForwarded, isHostMethod } from './pageMessages';

/** One page on a model: answers what it asks, and tells it what happens elsewhere. */
export class ModelPage implements vscode.Disposable {
  private readonly channel: PageChannel;
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly app: App,
    readonly uri: vscode.Uri,
    private readonly panel: vscode.WebviewPanel,
    private target: PageTarget | undefined,
  ) {
    const { webview } = panel;
    const files = vscode.Uri.joinPath(app.context.extensionUri, 'dist', 'webview');
    this.channel = new PageChannel(
      webview,
      (method, params, context) => this.answer(method, params, context),
      (message) => app.log.warn(message),
    );
    const mine = (uri: vscode.Uri): boolean => uri.toString() === this.uri.toString();
    this.subscriptions = [
      webview.onDidReceiveMessage((message: unknown) => this.channel.receive(message)),
      app.engine.onRunUpdated((change) => this.channel.send('runUpdated', change)),
      app.engine.onStateChanged((state) => {
        if (state !== 'idle') this.channel.send('engine', { state });
      }),
      app.models.onDidMeasure(({ uri, times }) => {
        if (mine(uri)) this.channel.send('measured', times);
      }),
      app.marks.onDidChange((uri) => {
        if (!mine(uri)) return;
        const { excluded, pinned } = app.marks.of(uri);
        this.channel.send('excluded', excluded);
        this.channel.send('pinned', pinned);
      }),
    ];
    webview.options = { enableScripts: true, localResourceRoots: [files] };
    const address = (name: string): string => webview.asWebviewUri(vscode.Uri.joinPath(files, name)).toString();
    webview.html = pageHtml({
      title: vscode.workspace.asRelativePath(uri),
      language: vscode.env.language,
      cspSource: webview.cspSource,
      nonce: randomBytes(16).toString('base64url'),
      script: address('model.js'),
      style: address('model.css'),
      loading: t('Loading the model...'),
    });
  }

  show(target: PageTarget): void {
    this.panel.reveal();
    this.channel.send('show', target);
  }

  modelChanged(gone: boolean): void {
    this.channel.send('modelChanged', { gone });
  }

  dispose(): void {
    this.channel.close();
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private async answer(method: string, params: unknown, context: RequestContext): Promise<unknown> {
    if (isForwarded(method))
      return answerEngine(this.app, this.uri, method, forwardedParams[method].parse(params), context);
    if (!isHostMethod(method)) throw new Error(t('The page asked for something unknown: {0}.', method));
    const { target } = this;
    if (method === 'start') this.target = undefined;
    const answers = hostAnswers(this.app, this.uri, target);
    const answer = answers[method] as (params: unknown) => Promise<unknown>;
    return answer(hostParams[method].parse(params));
  }
}
