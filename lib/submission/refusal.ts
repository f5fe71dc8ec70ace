import { type Translator, translatorFor } from '../i18n/translations'
import { clientName } from './client-name'

interface Reply {
  /** SMTP reply code (RFC 5321 §4.2). */
  smtp: number
  /** Enhanced status code (RFC 3463). */
  enhanced: string
  http: number
}

const reply = (smtp: number, enhanced: string, http: number): Reply => ({ smtp, enhanced, http })

const BY_SMTP_TOO = {
  'login-wrong': reply(535, '5.7.8', 401),
  'login-needed': reply(530, '5.7.0', 401),
  // Not 530: a mail server such as Exim, which continues without its sign-in, would return every message until its password is corrected.
  'login-rejected': reply(454, '4.7.0', 401),
  'login-unencrypted': reply(530, '5.7.0', 400),
  'login-not-taken': reply(502, '5.5.1', 400),
  // No 421 yet: a client that finds the connection closed when it tries its next way to sign in does not print the reason (RFC 4954 §6).
  'too-many-guesses': reply(454, '4.7.0', 429),
  'too-many-sign-ins': reply(421, '4.7.0', 429),
  // Not 535, which answers AUTH alone (RFC 4954 §6). A server that relays through here tries again with a new sign-in.
  'password-reset': reply(421, '4.7.0', 401),
  'client-disabled': reply(550, '5.7.1', 403),
  'client-removed': reply(550, '5.7.1', 403),
  'learning-over': reply(550, '5.7.1', 403),
  'key-expired': reply(535, '5.7.8', 401),
  'scope-missing': reply(550, '5.7.1', 403),
  'network-not-allowed': reply(550, '5.7.1', 403),
  'sender-not-allowed': reply(550, '5.7.1', 403),
  'null-sender': reply(550, '5.7.1', 400),
  'sender-invalid': reply(553, '5.1.7', 400),
  'recipient-invalid': reply(553, '5.1.3', 400),
  'parameter-unknown': reply(555, '5.5.4', 400),
  'rule-declines': reply(550, '5.7.1', 422),
  'too-many-recipients': reply(452, '4.5.3', 422),
  'too-large': reply(552, '5.3.4', 413),
  'too-fast': reply(450, '4.7.1', 429),
  'too-many-waiting': reply(452, '4.3.1', 429),
  'outbox-full': reply(452, '4.3.1', 507),
  'disk-full': reply(452, '4.3.1', 507),
  'disk-read-only': reply(451, '4.3.0', 503),
  'files-open': reply(452, '4.3.1', 503),
  'database-away': reply(451, '4.3.0', 503),
  'database-memory': reply(451, '4.3.0', 503),
  'database-connections': reply(451, '4.3.0', 503),
  'database-locked': reply(451, '4.3.0', 503),
  'internal-error': reply(451, '4.3.0', 500),
  busy: reply(421, '4.3.2', 503),
  'too-many-connections': reply(421, '4.7.0', 429),
  'too-long': reply(421, '4.4.2', 408),
  stopping: reply(421, '4.3.2', 503),
  'too-many-commands': reply(421, '4.7.0', 429),
  'client-gone': reply(421, '4.4.2', 400),
  'tls-failed': reply(454, '4.7.0', 400),
  'tls-too-old': reply(454, '4.7.0', 400),
  'too-early': reply(421, '4.7.0', 400),
  'tls-not-begun': reply(454, '4.7.0', 400),
  'tls-broken-off': reply(454, '4.7.0', 400),
  protocol: reply(500, '5.5.0', 400),
  'nul-character': reply(554, '5.6.0', 400),
  'line-ending': reply(554, '5.6.0', 400),
  'line-too-long': reply(554, '5.6.0', 400),
  'too-many-headers': reply(554, '5.6.0', 400),
  'too-many-hops': reply(554, '5.4.6', 400),
  'bcc-visible': reply(554, '5.6.0', 400),
  'from-twice': reply(554, '5.6.0', 400),
  'from-invalid': reply(554, '5.6.0', 400),
  'from-not-allowed': reply(550, '5.7.1', 403),
} as const satisfies Record<string, Reply>

const BY_HTTP_ALONE = {
  'key-wrong': reply(535, '5.7.8', 401),
  'wrong-host': reply(550, '5.7.1', 421),
  'too-many-requests': reply(450, '4.7.1', 429),
  'media-type': reply(554, '5.6.0', 415),
  'content-encoding': reply(554, '5.6.0', 415),
  'body-not-json': reply(554, '5.6.0', 400),
  'body-invalid': reply(554, '5.6.0', 422),
  'query-invalid': reply(501, '5.5.4', 400),
  'query-unknown': reply(501, '5.5.4', 400),
  'idempotency-key-invalid': reply(501, '5.5.4', 400),
  'idempotency-key-reused': reply(554, '5.5.0', 409),
  'no-sender': reply(550, '5.1.7', 422),
  'no-recipients': reply(554, '5.1.3', 422),
  'path-unknown': reply(550, '5.1.1', 404),
  'method-unknown': reply(502, '5.5.1', 405),
  'message-not-found': reply(550, '5.1.1', 404),
  'too-late': reply(554, '5.5.0', 409),
} as const satisfies Record<string, Reply>

export const SESSION_REFUSALS = Object.keys(BY_SMTP_TOO)

/**
 * Why a message, or a client, is not let in, with the answer by SMTP and by HTTP. The words are in `messages/en/submission.json`. A 4xx
 * reply says that the same message may be accepted later.
 */
export const REFUSALS = { ...BY_SMTP_TOO, ...BY_HTTP_ALONE }
export type RefusalCode = keyof typeof REFUSALS

/** A refusal with what it is about, such as the address. */
export interface Refusal {
  code: RefusalCode
  /** Arguments of its sentence. */
  params: Readonly<Record<string, string | number>>
}

export const refusal = (code: RefusalCode, params: Refusal['params'] = {}): Refusal => ({ code, params })

/** What was refused and why, in one sentence. */
export const refusalText = (t: Translator<'submission'>, { code, params }: Refusal): string =>
  t(`refusal.${code}.says`, {
    ...params,
    ...('client' in params && { client: clientName(String(params.client), t) }),
    ...('rule' in params && { rule: ruleText(String(params.rule), t) }),
  })

/** What declined a message. Refusals are stored with English texts, whatever the language of those who read them later. */
export const declinedBy = (rule: { number: number; name: string } | null): string =>
  rule ? `Rule ${rule.number} (${rule.name})` : DEFAULT_ACTION

const DEFAULT_ACTION = 'The default action'

function ruleText(stored: string, t: Translator<'submission'>): string {
  const [, number, name] = /^Rule (\d+) \((.*)\)$/s.exec(stored) ?? []
  if (number && name) return t('rule', { number, name })
  return stored === DEFAULT_ACTION ? t('defaultAction') : stored
}

/** The line that an SMTP client gets; clients show it to people, in English. */
export function smtpReply(refused: Refusal): { code: number; text: string } {
  const { smtp, enhanced } = REFUSALS[refused.code]
  return { code: smtp, text: `${enhanced} ${refusalText(translatorFor('en', 'submission'), refused)}` }
}

/** In place of what a refusal is about. */
const ANY = Object.fromEntries(
  [
    ...['client', 'scope', 'address', 'sender', 'recipient', 'parameter', 'rule', 'max', 'fields', 'methods'],
    ...['reason', 'reply'],
  ].map((name) => [name, '…']),
)

/** Why a client is not let in and what to do, in general: `…` is in place of what the refusal is about. */
export const refusalInGeneral = (t: Translator<'submission'>, code: RefusalCode) => ({
  says: refusalText(t, { code, params: ANY }).replace('….', '…'),
  todo: t(`refusal.${code}.todo`, ANY),
})

/** What a person sees in place of a parameter: an IP address, a number, or any text, bounded so that no text takes long to read. */
const SHAPES: Record<string, string> = { address: '[\\da-f:.]+', max: '[\\d.,]+' }
const shapeOf = (name: string) => SHAPES[name] ?? '.{1,300}?'

/** The sentence of a refusal, whatever it is about. A full stop after a parameter may be missing. */
function patternOf(code: RefusalCode): RegExp {
  const names = Object.fromEntries(Object.keys(ANY).map((name) => [name, `<${name}>`]))
  const says = refusalText(translatorFor('en', 'submission'), { code, params: names })
  const escaped = says.replace(/[.()]/g, '\\$&')
  return RegExp(escaped.replace(/^<\w+>|(?<=>)\\\.$/g, '').replace(/<(\w+)>/g, (_, name: string) => shapeOf(name)))
}

/**
 * Finds an answer of the listener in what a client printed, by its English sentence and its enhanced code. Clients print them in any order.
 * With another reply code in front of the enhanced one it is the answer of another server. Null for any other text.
 */
export function refusalIn(pasted: string): RefusalCode | null {
  const text = pasted.replace(/\s+/g, ' ')
  const answer = Object.entries(BY_SMTP_TOO).find(
    ([code, { smtp, enhanced }]) =>
      text.includes(enhanced) &&
      !RegExp(`(?!${smtp})\\b[245]\\d\\d[ -]${enhanced}`).test(text) &&
      patternOf(code as RefusalCode).test(text),
  )
  return answer ? (answer[0] as RefusalCode) : null
}
