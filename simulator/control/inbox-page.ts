import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Ready } from '../ready'
import { answer, FOLLOW, type Html, html, type Page, REFRESH_S, sendPage } from '../web/html'
import { sendJson } from '../web/https'
import type { Inbox, Posted } from './inbox'

type Addresses = Pick<Ready, 'webhookUrl' | 'teamsWebhookUrl'>

/** The page that shows what was posted to the webhooks. */
export class InboxPages {
  constructor(
    private readonly inbox: Inbox,
    /** Known once everything listens. */
    private readonly addresses: () => Addresses,
  ) {}

  async handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') return sendJson(response, 405, { error: 'Send GET.' })
    if (url.pathname === '/inbox.json') return sendJson(response, 200, this.inbox.all())
    if (url.pathname === '/inbox') return sendPage(response, inboxPage(this.inbox.all(), this.addresses()))
    sendJson(response, 404, { error: 'There is no such page.' })
  }
}

function inboxPage(posts: readonly Posted[], { webhookUrl, teamsWebhookUrl }: Addresses): Page {
  const [newest] = posts
  return {
    title: 'Webhooks · Simulated Microsoft 365',
    here: 'inbox',
    script: FOLLOW,
    refresh: REFRESH_S,
    body: html`<h1 class="sr">Webhooks</h1><div data-newest="${newest?.id ?? 0}">${answer({
      tone: posts.length === 0 ? 'calm' : 'good',
      mark: posts.length,
      title:
        posts.length === 0
          ? 'No webhook has arrived yet.'
          : `${posts.length} ${posts.length === 1 ? 'webhook has' : 'webhooks have'} arrived.`,
      detail: html`Post to the addresses below. <a href="/inbox.json">As JSON</a>`,
    })}</div>
<section class="panel"><h2>Addresses</h2><dl><dt>Webhook</dt><dd><code>${webhookUrl}</code></dd><dt>Microsoft Teams workflow</dt><dd><code>${teamsWebhookUrl}</code></dd></dl></section>
${posts.map(postCard)}`,
  }
}

function postCard(post: Posted): Html {
  const headers = Object.entries(post.headers)
  return html`<section class="panel stack"><h2>${post.kind === 'teams' ? 'Teams workflow' : 'Webhook'} <span class="faint">${post.receivedAt.slice(0, 19).replace('T', ' ')} UTC · answered ${post.status ?? 'nothing yet'}${post.card === null ? '' : ' · adaptive card'}</span></h2>
<pre tabindex="0">${post.json === null ? post.body : JSON.stringify(post.json, null, 2)}</pre>
<details><summary>Headers</summary><dl>${headers.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl></details></section>`
}
