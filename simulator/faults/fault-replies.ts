import { SMTP_STAGES, type SmtpStage } from './fault-list'

/** Replaces an answer until it is removed. The first `after` answers are left alone, and only the next `times` are replaced. */
export interface Counted {
  after?: number
  times?: number
}

export interface SmtpReply extends Counted {
  stage: SmtpStage
  reply: string
}

export interface GraphReply extends Counted {
  /** A part of path and query; absent for every request. */
  path?: string
  method?: string
  status: number
  code?: string
  message?: string
  retryAfter?: number
}

const itemsOf = (value: unknown): Record<string, unknown>[] =>
  (Array.isArray(value) ? value : [value]).filter((item) => typeof item === 'object' && item !== null)

const numbers = (item: Record<string, unknown>, ...names: string[]): Record<string, number> =>
  Object.fromEntries(names.flatMap((name) => (typeof item[name] === 'number' ? [[name, item[name]]] : [])))
const texts = (item: Record<string, unknown>, ...names: string[]): Record<string, string> =>
  Object.fromEntries(names.flatMap((name) => (typeof item[name] === 'string' ? [[name, item[name]]] : [])))

/** Also accepts the command names of RFC 5321. */
const ALIASES: Record<string, SmtpStage> = { mail: 'sender', rcpt: 'recipient', helo: 'ehlo' }

export function smtpReplies(value: unknown): SmtpReply[] {
  return itemsOf(value).flatMap((item): SmtpReply[] => {
    const stage = ALIASES[String(item.stage)] ?? SMTP_STAGES.find((known) => known === item.stage)
    if (!stage || typeof item.reply !== 'string' || item.reply === '') return []
    return [{ stage, reply: item.reply, ...numbers(item, 'after', 'times') }]
  })
}

export function graphReplies(value: unknown): GraphReply[] {
  return itemsOf(value).flatMap((item): GraphReply[] => {
    if (typeof item.status !== 'number') return []
    const rest = {
      ...texts(item, 'path', 'method', 'code', 'message'),
      ...numbers(item, 'after', 'times', 'retryAfter'),
    }
    return [{ status: item.status, ...rest }]
  })
}
