import { Redacted } from '../../lib/kernel/redacted'
import { createDialer } from '../../lib/net'
import type { AttemptOptions, Mail, SmtpServer, TranscriptLine, WireStep } from '../../lib/smtp/contracts'
import { createMailTransport } from '../../lib/smtp/transport'
import { ownMs } from './own-time'
import type { SmtpTestServer } from './servers'

/** For tests only: values of one imagined organisation. */
export const TOKEN = `eyJ0eXAiOiJKV1QifQ.${'canary-token-Part_'.repeat(80)}.c2ln`
export const PASSWORD = 'canary-password/+ä"x'
export const MAILBOX = 'noreply@contoso.example'
export const EHLO_NAME = 'console.contoso.example'

export const xoauth2: SmtpServer['login'] = { kind: 'xoauth2', mailbox: MAILBOX, token: new Redacted(TOKEN) }
export const password: SmtpServer['login'] = { kind: 'password', username: 'noreply', password: new Redacted(PASSWORD) }

export const MAIL: Mail = {
  from: { name: 'Contoso', address: MAILBOX },
  envelopeFrom: MAILBOX,
  to: ['anna@fabrikam.example'],
  subject: 'Test message',
  text: 'It works.\r\n',
  html: '<p>It works.</p>',
  messageId: '<1b9e@contoso.example>',
  date: new Date('2026-11-24T12:00:00Z'),
}

export interface AttemptChange {
  ca?: string
  security?: SmtpServer['security']
  login?: SmtpServer['login']
  mail?: Mail
  dryRun?: boolean
  /** Milliseconds from the start. */
  deadlineMs?: number
  /** In the deadline's place. */
  signal?: AbortSignal
}

/** One attempt at this server, with everything it told on the way. */
export async function attempt(server: Pick<SmtpTestServer, 'port'>, wish: AttemptChange = {}) {
  const { ca, security = 'starttls', login = security === 'none' ? { kind: 'none' as const } : xoauth2 } = wish
  const dialer = createDialer({ allowNetworks: ['localhost'], allowPorts: [server.port], ca: ca ? [ca] : [] })
  const steps: WireStep[] = []
  const lines: TranscriptLine[] = []
  const options: AttemptOptions = {
    signal: wish.signal ?? AbortSignal.timeout(wish.deadlineMs ?? 10_000),
    dryRun: wish.dryRun ?? false,
    onStep: (step) => steps.push(step),
    onLine: (line) => lines.push(line),
  }
  const startedMs = ownMs()
  const target = { host: 'localhost', port: server.port, security, login }
  const result = await createMailTransport(dialer, { ehloName: EHLO_NAME }).attempt(target, wish.mail ?? MAIL, options)
  return {
    result,
    failed: result.ok ? null : result.error,
    steps,
    passed: steps.map(({ stage }) => stage),
    transcript: lines.map(({ from, text }) => `${from === 'client' ? 'C' : 'S'}: ${text}`),
    tookMs: ownMs() - startedMs,
  }
}
