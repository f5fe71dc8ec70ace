import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Arrived, Mailbox } from '../exchange/mailbox'
import { answer, FOLLOW, type Html, html, type Page, REFRESH_S, sendPage } from '../web/html'
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
  const count = messages.length
  const json = html`<a href="/mailbox.json">As JSON</a>`
  return {
    title: 'Mailbox · Simulated Microsoft 365',
    here: 'mailbox',
    script: FOLLOW,
    refresh: REFRESH_S,
    body: html`<h1 class="sr">Mailbox</h1><div data-newest="${newest?.id ?? 0}">${answer({
      tone: count === 0 ? 'calm' : 'good',
      mark: count,
      title:
        count === 0
          ? 'No message has arrived yet.'
          : `${count} ${count === 1 ? 'message has' : 'messages have'} arrived.`,
      detail:
        count === 0
          ? 'Send a test message in the console. It appears here without reloading the page.'
          : html`${to === null ? 'To every mailbox, the newest first' : `To ${to}, the newest first`} · ${json}`,
    })}</div>${count === 0 ? null : html`<ul class="panel mail">${messages.map(row)}</ul>`}`,
  }
}

function row(message: Arrived): Html {
  return html`<li><a href="/mailbox/${message.id}"><b>${subjectOf(message)}</b> <time datetime="${message.receivedAt}">${clock(message.receivedAt)}</time>
<span class="line">${message.from} → ${message.envelope.to.join(', ')}</span>
<span class="line">${serverOf(message)} · ${message.login ? `signed in as ${message.login.who}` : 'without a login'}</span></a></li>`
}

function messagePage(message: Arrived): Page {
  return {
    title: `${subjectOf(message)} · Simulated Microsoft 365`,
    here: 'mailbox',
    body: html`<div><p class="small"><a href="/mailbox">← All messages</a></p>
<h1>${subjectOf(message)}</h1></div>
<div class="panel"><dl>
<dt>From</dt><dd>${message.from}</dd><dt>To</dt><dd>${message.to}</dd>
<dt>Envelope</dt><dd>${message.envelope.from || '<>'} → ${message.envelope.to.join(', ')}</dd>
<dt>Signed in</dt><dd>${message.login ? html`${message.login.who}, mailbox or account ${message.login.user}` : 'without a login'}</dd>
<dt>Arrived</dt><dd>${clock(message.receivedAt)} at ${serverOf(message)}, ${message.tls ?? 'in clear text'}, from ${message.helo ?? '?'}</dd>
<dt>Server’s ID</dt><dd><code>${message.serverMessageId}</code></dd>
<dt>Size</dt><dd>${message.bytes} bytes · <a href="/mailbox/${message.id}/raw">source</a> · <a href="/mailbox/${message.id}.json">JSON</a></dd>
</dl></div>
${message.html === null ? null : html`<section class="stack"><h2>HTML part</h2><iframe sandbox="" title="HTML part of the message" src="/mailbox/${message.id}/html"></iframe></section>`}
${message.text === null ? null : html`<section class="stack"><h2>Text part</h2><pre class="panel" tabindex="0">${message.text}</pre></section>`}
${message.attachments.length === 0 ? null : html`<section class="stack"><h2>Attachments</h2><ul>${message.attachments.map((file) => html`<li>${file.name} <span class="soft">${file.type}, ${file.bytes} bytes</span></li>`)}</ul></section>`}
<details class="panel"><summary>Headers</summary><dl>${message.headers.map(({ name, value }) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl></details>`,
  }
}

const notFound = (): Page => ({
  title: 'Not found · Simulated Microsoft 365',
  here: 'mailbox',
  body: html`<h1>There is no such message.</h1><p><a href="/mailbox">All messages</a></p>`,
})
