import { createHash, randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { STYLES } from './styles'

/** Markup that may be put into a page as it is. */
export class Html {
  constructor(readonly text: string) {}
}

type Piece = string | number | null | Html | readonly (string | number | null | Html)[]
const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign)

function spell(piece: Piece | undefined): string {
  if (piece === null || piece === undefined) return ''
  if (piece instanceof Html) return piece.text
  if (typeof piece === 'object') return piece.map(spell).join('')
  return escaped(String(piece))
}

/** Writes markup; whatever is put into it is escaped, unless it is markup made the same way. */
export function html(parts: TemplateStringsArray, ...pieces: Piece[]): Html {
  return new Html(parts.map((part, at) => part + spell(pieces[at])).join(''))
}

/** Seconds between two reloads, for browsers without script. */
export const REFRESH_S = 4

/** Polls the number of the newest message and reloads the list when it has changed. */
export const FOLLOW = `
let newest = document.querySelector('[data-newest]')?.dataset.newest
setInterval(async () => {
  try {
    const page = await (await fetch(location.href)).text()
    const next = new DOMParser().parseFromString(page, 'text/html')
    const latest = next.querySelector('[data-newest]')?.dataset.newest
    if (latest === undefined || latest === newest) return
    newest = latest
    document.querySelector('#main').replaceChildren(...next.querySelector('#main').childNodes)
  } catch { /* the simulator has ended; the list stays readable */ }
}, 2000)
`

export interface Page {
  title: string
  here: 'mailbox' | 'inbox' | 'control'
  body: Html
  /** Runs in the page, for convenience only. */
  script?: string
  /** Seconds; for browsers without script. */
  refresh?: number
}

/** The answer of a page in one sentence, next to a ring that says it as a sign. */
export function answer(parts: {
  tone: 'good' | 'warn' | 'calm'
  /** A number, or a tick for everything in order. */
  mark: number | 'tick'
  title: string
  detail: Piece
  action?: Html | null
}): Html {
  const { tone, mark, title, detail, action = null } = parts
  const sign =
    mark === 'tick'
      ? html`<path d="M21 29l6 6 11-13" fill="none" stroke="currentColor" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"/>`
      : html`<text x="29" y="34.5" text-anchor="middle" fill="currentColor">${mark}</text>`
  return html`<div class="answer"><svg class="ring ${tone}" viewBox="0 0 58 58" aria-hidden="true">
<circle cx="29" cy="29" r="26" fill="none" stroke="currentColor" stroke-width="1.4" stroke-dasharray="3 2.2"/>
<circle cx="29" cy="29" r="20.5" fill="none" stroke="currentColor" stroke-width="1.6"/>${sign}</svg>
<div><p class="line">${title}</p><p class="soft">${detail}</p></div>${action}</div>`
}

const STYLE_HASH = createHash('sha256').update(STYLES).digest('base64')

export function sendPage(response: ServerResponse, { title, here, body, script, refresh }: Page, status = 200): void {
  const nonce = randomBytes(16).toString('base64')
  const current = (name: string) => new Html(name === here ? ' aria-current="page"' : '')
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${new Html(STYLES)}</style>
${refresh === undefined ? null : html`<noscript><meta http-equiv="refresh" content="${refresh}"></noscript>`}
</head>
<body>
<header><p class="brand">Simulated Microsoft 365</p>
<nav aria-label="Pages"><a href="/control"${current('control')}>Control</a> <a href="/mailbox"${current('mailbox')}>Mailbox</a> <a href="/inbox"${current('inbox')}>Webhooks</a></nav>
<p class="aside">Nothing here leaves this computer</p></header>
<main id="main">${body}</main>
${script === undefined ? null : html`<script nonce="${nonce}">${new Html(script)}</script>`}
</body>
</html>
`
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${STYLE_HASH}'`,
    `script-src 'nonce-${nonce}'`,
    'img-src data:',
    "connect-src 'self'",
    "frame-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
    // Without any referrer, browsers send forms from the origin `null`, which is refused.
    'referrer-policy': 'same-origin',
    'cache-control': 'no-store',
  })
  response.end(page.text)
}
