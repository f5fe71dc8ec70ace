import type { SmtpFault } from '../kernel/faults'

/** N-13: no honest reply comes near either; EHLO has some twenty lines. */
export const REPLY_BYTES_MAX = 64 * 1024
const REPLY_LINES_MAX = 128

const LINE = /^([2-5]\d\d)([ -]|$)/

/** Whole, of one code, and of bounded length; anything else is not SMTP (RFC 5321 §4.2). */
export function isSmtpReply(reply: string): boolean {
  const lines = reply.split('\n')
  const code = LINE.exec(lines[0] ?? '')?.[1]
  return code !== undefined && lines.length <= REPLY_LINES_MAX && lines.every((line) => LINE.exec(line)?.[1] === code)
}

/** May what has come so far be the beginning of a greeting? Judged by the first four bytes. */
export const mayBeGreeting = (start: string): boolean => /^([2-5](\d(\d([ \-\r\n]|$)|$)|$)|$)/.test(start.slice(0, 4))

/** A TLS server's first bytes: an alert, or a handshake. */
export const isTlsRecord = (start: string): boolean =>
  start.startsWith('\u0015\u0003') || start.startsWith('\u0016\u0003')

export const replyCode = (reply: string): number => Number(reply.slice(0, 3))

/** Lines joined by a blank; code and enhanced code stand once, in front. */
export function oneLine(reply: string): string {
  const [first = '', ...rest] = reply.split(/\r?\n/).map((line) => line.trim())
  const enhanced = enhancedCode(first)
  const text = rest.map((line) => line.slice(4)).map((line) => (enhanced ? line.replace(`${enhanced} `, '') : line))
  return [first.replace(/^(\d{3})-/, '$1 '), ...text].join(' ').trim()
}

/** RFC 2034: right after the basic code, of the same class. */
export const enhancedCode = (reply: string): string | null =>
  /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(reply)?.[1] ?? null

export interface FaultContext {
  login: SmtpFault['login']
  scrub: (text: string) => string
}

export function smtpFault(reply: string, { login, scrub }: FaultContext): SmtpFault {
  return { kind: 'smtp', code: replyCode(reply), enhanced: enhancedCode(reply), reply: scrub(oneLine(reply)), login }
}
