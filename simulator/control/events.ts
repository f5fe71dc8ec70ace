import { type Html, html, type Page } from '../web/html'
import type { HttpReceived, Received, SmtpReceived } from '../web/received'

const MOST_ROWS = 200
const SERVICES: Record<Received['service'], string> = {
  entra: 'Entra',
  graph: 'Microsoft Graph',
  identity: 'Managed identity',
  webhook: 'Webhook inbox',
  elsewhere: 'Another origin',
  exchange: 'Exchange Online',
  'smtp-server': 'SMTP server',
}

/** The newest entry comes first. */
export function eventList(received: readonly Received[]): Html {
  if (received.length === 0) return html`<p class="faint">Nothing yet.</p>`
  return html`<ol class="events">${received.toReversed().map(event)}</ol>`
}

function event(entry: Received): Html {
  const { tone, what, detail } = 'conversation' in entry ? smtpEvent(entry) : httpEvent(entry)
  return html`<li class="${tone}"><time datetime="${entry.at}">${entry.at.slice(11, 19)}</time><div>${what}<small>${detail}</small></div></li>`
}

interface Event {
  tone: 'good' | 'bad' | ''
  what: string
  detail: string
}

function httpEvent({ service, status, outcome, method, path }: HttpReceived): Event {
  const isGood = status !== null && status < 400
  const tone = isGood ? 'good' : 'bad'
  const token = isGood ? 'Token issued' : 'Token request rejected'
  return {
    tone: status === null ? '' : tone,
    what: service === 'entra' && path.includes('/token') ? token : SERVICES[service],
    detail: `${method} ${path.split('/').slice(-2).join('/')} · ${status ?? 'no answer yet'}${outcome ? ` ${outcome}` : ''}`,
  }
}

function smtpEvent({ service, conversation, messages, login }: SmtpReceived): Event {
  const address = (verb: RegExp) => conversation.map(({ command }) => verb.exec(command)?.[1]).find((value) => value)
  const [from, to] = [address(/^MAIL FROM:<([^>]*)>/i), address(/^RCPT TO:<([^>]*)>/i)]
  const last = conversation.findLast(({ command }) => command.toUpperCase() !== 'QUIT')
  const isRejected = messages === 0 && /^[45]/.test(last?.reply ?? '')
  const tone = isRejected ? 'bad' : ''
  return {
    tone: messages > 0 ? 'good' : tone,
    what: messages > 0 ? 'Message accepted' : `${SERVICES[service]}: ${isRejected ? 'rejected' : 'connection'}`,
    detail: messages > 0 && from && to ? `${from} → ${to}` : [login, last?.reply].filter(Boolean).join(' · '),
  }
}

/** Every request that was received, in full, the newest first. */
export function arrivedPage(received: readonly Received[]): Page {
  const rows = received.slice(-MOST_ROWS).toReversed().map(row)
  return {
    title: 'What arrived · Simulated Microsoft 365',
    here: 'control',
    body: html`<div><p class="small"><a href="/control">← Control</a></p><h1>What arrived</h1></div>
${rows.length === 0 ? html`<p class="panel faint">Nothing yet.</p>` : html`<div class="panel scroll" tabindex="0"><table><thead><tr><th>Time (UTC)</th><th>Service</th><th>Request</th><th>Answer</th></tr></thead><tbody>${rows}</tbody></table></div>`}`,
  }
}

function row(entry: Received): Html {
  const at = entry.at.slice(11, 19)
  const service = SERVICES[entry.service]
  if (!('conversation' in entry)) {
    return html`<tr><td>${at}</td><td>${service}</td><td>${entry.method} ${entry.path}</td><td>${entry.status ?? 'none'} ${entry.outcome}</td></tr>`
  }
  const last = entry.conversation.findLast(({ command }) => command.toUpperCase() !== 'QUIT')
  return html`<tr><td>${at}</td><td>${service}</td><td>${entry.conversation.map(({ command }) => command.split(' ')[0] ?? '').join(' ')}</td><td>${last?.reply ?? ''}</td></tr>`
}
