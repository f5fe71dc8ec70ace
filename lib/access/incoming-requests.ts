import { randomUUID } from 'node:crypto'
import { subscribe } from 'node:diagnostics_channel'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { parseAndValidateFlightRouterState } from 'next/dist/server/app-render/parse-and-validate-flight-router-state'
import type { DatabaseCause } from '../db/outage'
import { type Locale, localeOf } from '../i18n/locale'
import { cookieIn } from '../kernel/cookie-in'
import { processWide } from '../kernel/process-wide'
import { isTheme, THEME_COOKIE } from '../kernel/theme'
import { FAILURE_HEADER, markOf } from './failure-mark'
import { isForUs } from './our-host'
import { BUSY, BYTES_MAX_HEADER, bytesMaxOf, FORM_BYTES_MAX, ORIGIN_HEADER, PATH_HEADER } from './request-refusal'
import { BARE_POLICY, pagePolicy, SECURITY_HEADERS } from './security-headers'

/** Set on every request before anything reads it, so a header of this name from the client is ignored. */
export const PEER_HEADER = 'x-postroom-peer'

/** On a request of which proxy.ts has nothing to ask, so that Next.js does not call it: that costs about 2 ms. */
export const PLAIN_HEADER = 'x-postroom-plain'

/** Posts that are not forms of a page: a connection test. These routes check their requests themselves, and answer in their own format. */
const TEST_ROUTE = /^\/(?:mail-server|senders)\/test$/

/** Identifies a request until it is answered. It cannot be guessed. */
const ID_HEADER = 'x-postroom-request'

/** Open responses by the identity of their requests. */
type Watched = Map<string, ServerResponse>
const [watched, setWatched] = processWide<Watched>('incoming-requests')

const RETRY_AFTER_S = 5

/** Methods that Next.js knows. It would answer a TRACE with 500 and others with 400. Pages and API refuse a PATCH with 405. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/**
 * Node takes the first of several of these. A proxy may have taken another one, so the request counts as one without the field. Node answers
 * one without a host with 400 (RFC 9112 §3.2).
 */
const ONCE = ['authorization', 'content-type', 'host']

/** The API reads messages piece by piece and applies its own limit. */
const API = '/api/'
const API_BYTES_MAX = 25 * 1024 ** 2

/** Pieces of a body are joined to blocks of this size: a client may send single bytes, and each piece costs the framework far more. */
const BLOCK_BYTES = 16 * 1024

/** Large forms at one time: in all, of one session, and of everyone without one. Further ones have the limit of the other forms. */
const LARGE_FORMS_MAX = 4
const LARGE_FORMS_OF_SESSION_MAX = 2
const LARGE_FORMS_OF_STRANGERS_MAX = 1
/** Those that are not answered yet and whose client is still there, with its session. */
const largeForms = new Map<ServerResponse, string | null>()

/** How a session is recognised by its signature alone, before the request is read. The console's guard and Next.js have this module each. */
const [sessionOf, recogniseSessions] = processWide<(headers: Headers) => string | null>('session-of')

export { recogniseSessions }

/** The session that a request names, by its signature alone. */
export const sessionIn = ({ headers }: IncomingMessage): string | null =>
  sessionOf()?.(new Headers({ cookie: headers.cookie ?? '' })) ?? null

/** What the console asks itself while it answers: see `watchRequests`. */
const ownRequests = new WeakSet<IncomingMessage>()
export const isFromConsole = (request: IncomingMessage): boolean => ownRequests.has(request)

/** A client that sends more is disconnected. Many read the answer only once they have sent everything, hence far more than the API's limit. */
const RECEIVED_BYTES_MAX = 64 * 1024 ** 2

/**
 * Handles each request before Next.js, on a diagnostics channel of Node. It is called before the console listens, and again when Next.js
 * starts, which has an effect only if the console was started in another way.
 *
 * Next.js gives pages and actions the headers but not the socket, and it keeps a client's `X-Forwarded-For`, so the address of the socket
 * is written into a header of ours. It answers a form posted from another site with an error 500, and one without an `Origin` with a log
 * line that is not JSON. The `Origin` is therefore moved to a header of ours, and the stricter check of every action rejects the post with
 * a sentence and an audit entry.
 *
 * When a form's action redirects, Next.js asks this console for the new page, with all headers of the form but its host. Such a request
 * gives the identity of one that is being answered, so it counts as from the same client and for the same host.
 */
export function watchRequests(): void {
  if (watched()) return
  const open: Watched = new Map()
  setWatched(open)
  subscribe('http.server.request.start', (message) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse }
    try {
      prepare(request, response, open)
    } catch (thrown) {
      request.socket.destroy() // else Node would pass it on with headers of ours that the client has written
      throw thrown
    }
  })
}

function prepare(request: IncomingMessage, response: ServerResponse, open: Watched): void {
  const { headers, socket } = request
  for (const [name, value] of SECURITY_HEADERS) response.setHeader(name, value)
  readAddress(request)
  for (const name of ONCE) if ((request.headersDistinct[name]?.length ?? 0) > 1) delete headers[name]
  limitBody(request, response)
  const asker = open.get(String(headers[ID_HEADER]))?.req
  headers[ID_HEADER] = identify(request, response, open)
  repairPath(request)
  repairRouterState(headers)
  if (!METHODS.includes(request.method ?? '')) request.method = 'PATCH'
  headers[PEER_HEADER] = asker ? asker.headers[PEER_HEADER] : (socket.remoteAddress ?? '')
  if (asker) {
    headers.host = asker.headers.host
    ownRequests.add(request)
  }
  setPolicy(request, response)
  markPlain(request)
  headers[ORIGIN_HEADER] = headers.origin ?? ''
  const host = String(headers['x-forwarded-host'] ?? headers.host ?? '')
    .split(',', 1)[0]
    ?.trim()
  if (request.method === 'POST' && host) headers.origin = `http://${host}`
}

/** Identities of the requests of a connection that are not answered yet. */
const unanswered = new WeakMap<Socket, Set<string>>()

function identify({ socket }: IncomingMessage, response: ServerResponse, watched: Watched): string {
  const id = randomUUID()
  const ids = unanswered.get(socket) ?? new Set()
  const leave = (each: string) => {
    const left = watched.get(each)
    if (left) largeForms.delete(left)
    ids.delete(each)
    watched.delete(each)
  }
  if (!unanswered.has(socket)) {
    unanswered.set(socket, ids)
    // The response to a pipelined request has no socket before its turn, and would not notice that the client has gone.
    socket.once('close', () => ids.forEach(leave))
  }
  ids.add(id)
  watched.set(id, response)
  // One listener for all that ends with the answer: Next.js adds seven, the rest of the console two, and Node warns of an eleventh.
  response.once('close', () => leave(id))
  return id
}

/** @param headers of the request, as Next.js passes them on */
const responseTo = (headers: Headers): ServerResponse | undefined => watched()?.get(headers.get(ID_HEADER) ?? '')

const isForScript = ({ req }: ServerResponse) => req.rawHeaders.some((name) => /^(rsc|next-action)$/i.test(name))

/** Whether the page is being rendered as the answer to a form that a browser without scripts has posted. */
export function isPlainPost(headers: Headers): boolean {
  const response = responseTo(headers)
  return response?.req.method === 'POST' && !isForScript(response)
}

/**
 * Sets the status of the page that is being rendered. The framework's router takes any other status than 200 for a missing answer, so
 * what its script asks for keeps it.
 */
export function setStatus(headers: Headers, status: number): void {
  const response = responseTo(headers)
  if (response && !response.headersSent && !isForScript(response)) response.statusCode = status
}

/** What the answer to a failed request says in addition to its status. */
export interface Failure {
  /** Number of the log line with the reason. */
  number: string
  /** What keeps the database from its work, so that a retry may help later. */
  database: DatabaseCause | null
}

/** What failed in the requests that are being answered: the layout and the parts of one page fail one by one. */
const failures = new WeakMap<ServerResponse, Failure>()

/**
 * Improves the error 500 of Next.js. An error page gets its status, and a text for readers without scripts. A plain form and a route get our
 * answer, since that of Next.js would be empty or only "Internal Server Error".
 *
 * @param headers headers of the failed request, as Next.js passes them on
 */
export function answerFailure(headers: Readonly<Record<string, string | string[] | undefined>>, failure: Failure) {
  const response = watched()?.get(String(headers[ID_HEADER]))
  if (!response || response.headersSent) return
  const earlier = failures.get(response)
  failures.set(response, { ...failure, database: failure.database ?? earlier?.database ?? null })
  if (!earlier) improveAnswer(response)
}

function improveAnswer(response: ServerResponse): void {
  const { writeHead, write, end } = response
  /** Called when Next.js begins to answer. Returns whether our answer replaces its text. */
  const takeOver = (): boolean => {
    Object.assign(response, { writeHead, write, end })
    const failure = failures.get(response)
    if (!failure || response.statusCode !== 500) return false
    if (failure.database) {
      response.statusCode = 503
      response.setHeader('Retry-After', RETRY_AFTER_S)
    }
    response.setHeader(FAILURE_HEADER, markOf(failure.database, failure.number))
    const type = String(response.getHeader('content-type'))
    if (type.includes('html')) addFailureText(response, failure)
    if (/html|x-component/.test(type)) return false
    for (const name of ['Content-Length', 'Content-Encoding', 'ETag']) response.removeHeader(name)
    const isShown = response.req.method === 'POST' && response.req.headers.accept?.includes('text/html')
    response.setHeader('Content-Type', `text/${isShown ? 'html' : 'plain'}; charset=utf-8`)
    response.setHeader('Cache-Control', 'no-store')
    const text = isShown ? failurePage(response.req, failure) : failureText(failure)
    Object.assign(response, { write: () => true, end: () => Reflect.apply(end, response, [text]) })
    return true
  }
  Object.assign(response, {
    writeHead(status: number, ...rest: unknown[]) {
      response.statusCode = status
      takeOver()
      return Reflect.apply(
        writeHead,
        response,
        response.statusCode === status ? [status, ...rest] : [response.statusCode],
      )
    },
    write: (...args: unknown[]) => takeOver() || Reflect.apply(response.write, response, args),
    end: (...args: unknown[]) => (takeOver() ? response.end() : Reflect.apply(response.end, response, args)),
  })
}

/** The framework's error page has neither language nor theme, and its body is empty until a script fills it. */
function addFailureText(response: ServerResponse, failure: Failure): void {
  const { locale, theme } = readerOf(response.req.headers)
  const text = `<noscript>${failureNotice(failure, locale)}</noscript>`
  const cause = failure.database ? ` data-unavailable="${failure.database}"` : ''
  const attributes = ` lang="${locale}"${theme ? ` data-theme="${theme}" style="color-scheme:${theme}"` : ''}${cause}`
  const { write, end } = response
  // A page that the build made in advance comes with its length, which does not include this text.
  response.removeHeader('Content-Length')
  const withText =
    (send: ServerResponse['write'] | ServerResponse['end']) =>
    (chunk: unknown, ...rest: unknown[]) => {
      const html = chunk instanceof Uint8Array ? Buffer.from(chunk).toString() : chunk
      if (typeof html !== 'string' || !/<html|<body>/.test(html)) return Reflect.apply(send, response, [chunk, ...rest])
      if (html.includes('<body>')) Object.assign(response, { write, end })
      const complete = html.replace(/<html(?![^>]* lang=)/, `$&${attributes}`).replace('<body>', `$&${text}`)
      return Reflect.apply(send, response, [complete, ...rest])
    }
  Object.assign(response, { write: withText(write), end: withText(end) })
}

const DATABASE_TEXTS: Readonly<Record<DatabaseCause, Record<Locale, string>>> = {
  away: {
    en: 'The database does not answer or is read-only. Try again in a few seconds.',
    de: 'Die Datenbank antwortet nicht oder ist schreibgeschützt. Versuchen Sie es in einigen Sekunden erneut.',
  },
  full: {
    en: 'The disk with the files of the database is full. Free space on it, then try again.',
    de: 'Der Datenträger mit den Dateien der Datenbank ist voll. Schaffen Sie dort Platz und versuchen Sie es dann erneut.',
  },
  memory: {
    en: 'The database is out of memory. Free memory on its computer, or raise the limit that its log names, then try again.',
    de: 'Der Datenbank fehlt Arbeitsspeicher. Geben Sie auf ihrem Computer Speicher frei oder erhöhen Sie den Grenzwert, den ihr Protokoll nennt, und versuchen Sie es dann erneut.',
  },
  connections: {
    en: 'The database has no connection left. Try again in a few seconds; if this lasts, raise its max_connections or the connection limit of the role.',
    de: 'Die Datenbank hat keine Verbindung mehr frei. Versuchen Sie es in einigen Sekunden erneut. Hält das an, erhöhen Sie ihr max_connections oder das Verbindungslimit der Rolle.',
  },
  locked: {
    en: 'A lock in the database lasts too long. Try again in a few seconds; if this lasts, look in pg_stat_activity for the session that holds it.',
    de: 'Eine Sperre in der Datenbank dauert zu lange. Versuchen Sie es in einigen Sekunden erneut. Hält das an, sehen Sie in pg_stat_activity nach, welche Sitzung sie hält.',
  },
}

const failureTexts = ({ number, database }: Failure): Record<Locale, string> =>
  database
    ? DATABASE_TEXTS[database]
    : {
        en: `This request failed. The log has the reason under the number ${number}.`,
        de: `Die Anfrage ist fehlgeschlagen. Der Grund steht unter der Nummer ${number} im Protokoll.`,
      }

/** For programs and for what is no page: both languages, a line each. */
function failureText(failure: Failure): string {
  const { en, de } = failureTexts(failure)
  return `${en}\n${de}\n`
}

/** The language and the theme in which a person reads the console; no theme if the system's is used. */
function readerOf({ cookie, 'accept-language': languages }: IncomingHttpHeaders) {
  const theme = cookieIn(cookie, THEME_COOKIE)
  return { locale: localeOf(cookie, languages), theme: isTheme(theme) ? theme : null }
}

const failureNotice = (failure: Failure, locale: Locale, next = '') =>
  `<main lang="${locale}" style="font: 1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 3rem auto; padding: 0 1rem">
<h1>${locale === 'de' ? 'Ein Fehler ist aufgetreten' : 'Something went wrong'}</h1>
<p role="alert">${failureTexts(failure)[locale]}</p>${next && `<p>${next}</p>`}</main>`

/** The answer to a form that a browser without scripts has posted. What was typed is only in the request, which a reload repeats. */
function failurePage({ headers }: IncomingMessage, failure: Failure): string {
  const { locale, theme } = readerOf(headers)
  const again = {
    en: 'To try again, reload this page. The browser then sends the form again, with what you typed.',
    de: 'Laden Sie zum erneuten Versuch diese Seite neu. Der Browser sendet dann das Formular mit Ihren Eingaben noch einmal.',
  }
  return `<!DOCTYPE html><html lang="${locale}"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="${theme ?? 'light dark'}"><title>Postroom</title>
<body>${failureNotice(failure, locale, failure.database ? again[locale] : '')}</body></html>
`
}

/** The content policy of the answer. Next.js reads the nonce from the request, in which a client could write another one. */
function setPolicy({ headers, url = '/' }: IncomingMessage, response: ServerResponse): void {
  const policy = /^\/(?:api|_next\/static)\//.test(url) ? BARE_POLICY : pagePolicy()
  response.setHeader('Content-Security-Policy', policy)
  headers['content-security-policy'] = policy
  delete headers['content-security-policy-report-only']
}

/**
 * Recognises a request that reads a page of ours and changes neither colours nor language, or begins a connection test, and sets its path,
 * without what the framework's script adds. What the console asks itself changes neither: its answer goes into that of a form, where a
 * cookie would be lost.
 */
function markPlain(request: IncomingMessage): void {
  const { headers, method = '', url = '/' } = request
  headers[PATH_HEADER] = url.replace(/([?&])_rsc(?:=[^&]*)?(&|$)/, (_, before, after) => (after ? before : ''))
  delete headers[PLAIN_HEADER]
  const [path = ''] = url.split('?', 1)
  if (!isForUs(headers.host, headers['x-forwarded-host']?.toString(), path)) return
  const isChoice = !isFromConsole(request) && /[?&](?:theme|locale)\b/.test(url)
  const isTest = method === 'POST' && TEST_ROUTE.test(path)
  if (isTest || (/^(?:GET|HEAD)$/.test(method) && !isChoice)) headers[PLAIN_HEADER] = '1'
}

/**
 * Next.js buffers a body of up to 10 MB before it knows who handles it. It gets at most one byte more than a form may have. By that byte every
 * reader recognises a body that is too large, and takes none that was cut for a complete one.
 * It gets nothing after the answer, because it would hold what comes in memory although no one reads it.
 *
 * The API answers as soon as its limit is passed. Until then the rest waits on the client's side, however fast it sends.
 */
function limitBody(request: IncomingMessage, response: ServerResponse): void {
  const { socket } = request // Node takes it from a request of which only a part is read
  const isApi = request.url?.startsWith(API) === true
  const max = isApi ? API_BYTES_MAX : formBytesMax(request, response)
  if (isApi) response.once('finish', () => socket.resume())
  const bodyEnded = response.shouldKeepAlive ? () => {} : closeAfterBody(request)
  const push = request.push.bind(request)
  let received = 0
  let block: Buffer | null = null
  let filled = 0
  const pushBlock = (): boolean => {
    const whole = block?.subarray(0, filled)
    block = null
    filled = 0
    return whole === undefined || response.writableEnded || push(whole)
  }
  request.push = (chunk: Buffer | null) => {
    if (chunk === null) {
      pushBlock()
      bodyEnded()
      return push(null)
    }
    const passed = Math.min(received, max + 1)
    received += chunk.length
    if (received > RECEIVED_BYTES_MAX) socket.destroy()
    if (response.writableEnded) return true
    const rest = chunk.subarray(0, max + 1 - passed)
    if (rest.length === 0) return !isApi
    const takesMore = filled + rest.length <= BLOCK_BYTES || pushBlock()
    if (rest.length > BLOCK_BYTES) return push(rest)
    block ??= Buffer.allocUnsafeSlow(BLOCK_BYTES)
    filled += rest.copy(block, filled)
    return received > max ? pushBlock() : takesMore
  }
}

/**
 * Node closes a connection that is not kept alive as soon as the answer is sent. A client that is still sending would then get no answer.
 *
 * @returns to be called when the body has come
 */
function closeAfterBody(request: IncomingMessage): () => void {
  const { socket } = request
  const close = socket.destroySoon.bind(socket)
  let isAnswered = false
  socket.destroySoon = () => {
    isAnswered = true
    if (request.complete) close()
  }
  return () => isAnswered && close()
}

/** What a form may have here and now. It is passed on in a header, so that every later check applies the same limit. */
function formBytesMax(request: IncomingMessage, response: ServerResponse): number {
  const { headers, method, url = '/' } = request
  delete headers[BYTES_MAX_HEADER]
  const max = method === 'POST' ? bytesMaxOf(url.split('?', 1)[0] ?? '', headers['content-type'] ?? '') : FORM_BYTES_MAX
  if (max === FORM_BYTES_MAX) return max
  const hasPlace = takePlace(request, response)
  headers[BYTES_MAX_HEADER] = hasPlace ? String(max) : BUSY
  return hasPlace ? max : FORM_BYTES_MAX
}

/** Whether there is a place for one more large form. It is free again when the form is answered or its client has gone (see `identify`). */
function takePlace(request: IncomingMessage, response: ServerResponse): boolean {
  const session = sessionIn(request)
  const formsOfSession = [...largeForms.values()].filter((each) => each === session).length
  const max = session === null ? LARGE_FORMS_OF_STRANGERS_MAX : LARGE_FORMS_OF_SESSION_MAX
  if (largeForms.size >= LARGE_FORMS_MAX || formsOfSession >= max) return false
  largeForms.set(response, session)
  return true
}

/**
 * Sets the address that Next.js will read, so that nothing here decides by another one: `/health/../sign-in` is `/sign-in`.
 *
 * `GET http://elsewhere.example/ HTTP/1.1`: the address in the request line is the host that counts (RFC 9112 §3.2.2). Next.js would take
 * it for a path with doubled slashes and redirect before the host is checked.
 *
 * `OPTIONS *` is about the whole server (§3.2.4). Next.js would answer it with an error 500.
 */
function readAddress(request: IncomingMessage): void {
  const url = !request.url || request.url === '*' ? '/' : request.url
  const isPath = url.startsWith('/')
  const address = isPath ? `http://console${url}` : url
  if (!URL.canParse(address)) return
  const { host, pathname, search } = new URL(address)
  if (!isPath) request.headers.host = host
  request.url = (pathname === ERROR_PAGE ? NO_PAGE : pathname) + search
}

/** The framework answers the address of its error page with 500, and lets caches keep that for a year. No page of ours is there. */
const ERROR_PAGE = '/_global-error'
const NO_PAGE = '/_not-found'

/** Next.js answers a path that cannot be decoded with an error 500. With escaped percent signs it is the path of a page that does not exist. */
function repairPath(request: IncomingMessage): void {
  const [path = '', ...query] = (request.url ?? '/').split('?')
  try {
    decodeURIComponent(path)
  } catch {
    request.url = [path.replaceAll('%', '%25'), ...query].join('?')
  }
}

/**
 * In this header the framework's script describes the page that it shows. Next.js answers one that it cannot read with an error 500. Without
 * the header it sends the whole page.
 */
function repairRouterState(headers: IncomingMessage['headers']): void {
  try {
    parseAndValidateFlightRouterState(headers[ROUTER_STATE])
  } catch {
    delete headers[ROUTER_STATE]
  }
}
const ROUTER_STATE = 'next-router-state-tree'
