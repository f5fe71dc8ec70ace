import type { SmtpFault } from '../kernel'

/** Real replies are much smaller. The answer to EHLO has about twenty lines. */
export const REPLY_BYTES_MAX = 64 * 1024
const REPLY_LINES_MAX = 128

const LINE = /^([2-5]\d\d)([ -]|$)/

/** Whether this is a complete reply with one code and bounded length (RFC 5321 §4.2). */
export function isSmtpReply(reply: string): boolean {
  const lines = reply.split('\n')
  const code = LINE.exec(lines[0] ?? '')?.[1]
  return code !== undefined && lines.length <= REPLY_LINES_MAX && lines.every((line) => LINE.exec(line)?.[1] === code)
}

/** Whether the first bytes, at most four, may be the beginning of a greeting. */
export const mayBeGreeting = (start: string): boolean => /^([2-5](\d(\d([ \-\r\n]|$)|$)|$)|$)/.test(start.slice(0, 4))

/** Whether these are the first bytes of a TLS alert or handshake. */
export const isTlsRecord = (start: string): boolean =>
  start.startsWith('\u0015\u0003') || start.startsWith('\u0016\u0003')

export const replyCode = (reply: string): number => Number(reply.slice(0, 3))

/** Joins the lines with spaces, and what a CR alone separates. Code and enhanced code occur once, at the beginning. */
export function oneLine(reply: string): string {
  const [first = '', ...rest] = reply.split(/\r?\n/).map((line) => line.trim())
  const enhanced = enhancedCode(first)
  const text = rest.map((line) => line.slice(4)).map((line) => (enhanced ? line.replace(`${enhanced} `, '') : line))
  return [first.replace(/^(\d{3})-/, '$1 '), ...text].join(' ').replaceAll('\r', ' ').trim()
}

/** The enhanced code, which follows the basic code and has the same class (RFC 2034). */
export const enhancedCode = (reply: string): string | null =>
  /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(reply)?.[1] ?? null

export interface FaultContext {
  login: SmtpFault['login']
  scrub: (text: string) => string
}

export const smtpFault = (reply: string, { login, scrub }: FaultContext): SmtpFault => ({
  kind: 'smtp',
  code: replyCode(reply),
  enhanced: enhancedCode(reply),
  reply: scrub(oneLine(reply)),
  login,
})
