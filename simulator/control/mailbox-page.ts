import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Arrived, Mailbox } from '../exchange/mailbox'
import { FOLLOW, type Html, html, type Page, REFRESH_S, sendPage } from '../web/html'
import { sendJson } from '../web/https'

/** The page with every message that arrived, newest first, each readable in full. */
export class MailboxPages {
  constructor(private readonly mailbox: Mailbox) {}

  async handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') return sendJson(response, 405, { error: 'Send GET.' })
    const to = url.searchParams.get('to')
    if (url.pathname === '/') return void response.writeHead(302, { location: '/mailbox' }).end()
    if (url.pathname === '/mailbox.json') return sendJson(response, 200, this.mailbox.all(to))
    if (url.pathname === '/mailbox') return sendPage(response, listPage(this.mailbox.all(to), to))
    const [, id, kind] = /^\/mailbox\/(\d+)(\/html|\/raw|\.json)?$/.exec(url.pathname) ?? []
    const message = id === undefined ? undefined : this.mailbox.one(Number(id))
    if (!message) return sendPage(response, notFound(), 404)
    if (kind === '.json') return sendJson(response, 200, message)
    if (kind === '/html') return sendHtmlPart(response, message.html ?? '')
    if (kind === '/raw') {
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' })
      return void response.end(message.raw)
    }
    sendPage(response, messagePage(message))
  }
}

/** The HTML of a message, in a frame without scripts, outgoing links, remote images or an origin. */
function sendHtmlPart(response: ServerResponse, markup: string): void {
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  })
  response.end(markup)
}

const clock = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`
const subjectOf = ({ subject }: Arrived): string => (subject.trim() === '' ? '(no subject)' : subject)
const serverOf = ({ service }: Arrived): string => (service === 'exchange' ? 'Exchange Online' : 'SMTP server')

function listPage(messages: Arrived[], to: string | null): Page {
  const [newest] = messages
  const list =
    messages.length === 0
      ? html`<p class="card empty soft">Nothing has arrived yet. Send a test message; it will show here by itself.</p>`
      : html`<ul class="mail card scroll">${messages.map(row)}</ul>`
  return {
    title: 'Mailbox · Simulated Microsoft 365',
    here: 'mailbox',
    script: FOLLOW,
    refresh: REFRESH_S,
    body: html`<div class="bar" data-newest="${newest?.id ?? 0}"><h1>${to === null ? 'Everything that arrived' : html`For ${to}`}</h1>
<p class="soft small">${messages.length} ${messages.length === 1 ? 'message' : 'messages'} · <a href="/mailbox.json">JSON</a></p></div>${list}`,
  }
}

function row(message: Arrived): Html {
  return html`<li><a href="/mailbox/${message.id}"><b>${subjectOf(message)}</b> <time datetime="${message.receivedAt}">${clock(message.receivedAt)}</time>
<span class="line">${message.from} → ${message.envelope.to.join(', ')}</span>
<span class="line">${serverOf(message)} · ${message.login ? `logged in as ${message.login.who}` : 'without a login'}</span></a></li>`
}

function messagePage(message: Arrived): Page {
  return {
    title: `${subjectOf(message)} · Simulated Microsoft 365`,
    here: 'mailbox',
    body: html`<p class="small"><a href="/mailbox">← All messages</a></p>
<h1>${subjectOf(message)}</h1>
<div class="card"><dl>
<dt>From</dt><dd>${message.from}</dd><dt>To</dt><dd>${message.to}</dd>
<dt>Envelope</dt><dd>${message.envelope.from || '<>'} → ${message.envelope.to.join(', ')}</dd>
<dt>Logged in</dt><dd>${message.login ? html`${message.login.who}, mailbox or account ${message.login.user}` : 'nobody'}</dd>
<dt>Arrived</dt><dd>${clock(message.receivedAt)} at ${serverOf(message)}, ${message.tls ?? 'in clear text'}, from ${message.helo ?? '?'}</dd>
<dt>Server’s id</dt><dd><code>${message.serverMessageId}</code></dd>
<dt>Size</dt><dd>${message.bytes} bytes · <a href="/mailbox/${message.id}/raw">source</a> · <a href="/mailbox/${message.id}.json">JSON</a></dd>
</dl></div>
${message.html === null ? null : html`<h2>HTML part</h2><iframe sandbox="" title="HTML part of the message" src="/mailbox/${message.id}/html"></iframe>`}
${message.text === null ? null : html`<h2>Text part</h2><pre class="card" tabindex="0">${message.text}</pre>`}
${message.attachments.length === 0 ? null : html`<h2>Attachments</h2><ul>${message.attachments.map((file) => html`<li>${file.name} <span class="soft">${file.type}, ${file.bytes} bytes</span></li>`)}</ul>`}
<details><summary>Headers</summary><div class="card"><dl>${message.headers.map(({ name, value }) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl></div></details>`,
  }
}

const notFound = (): Page => ({
  title: 'Not found · Simulated Microsoft 365',
  here: 'mailbox',
  body: html`<h1>There is no such message</h1><p><a href="/mailbox">All messages</a></p>`,
})
