import { refuse } from '../../audit/store/log'
import type { LocalisedCaller } from '../../i18n/locale'
import { actorName } from '../../kernel/actor'
import { fail, ok, type Result } from '../../kernel/result'
import { type SenderWay, sameAddress } from '../../policy/sender'
import { parseSenderEmail } from '../../validation/email-address'
import type { ValidationError } from '../../validation/validation-error'
import { senderEntry } from './change'
import type { SendersDeps } from './deps'
import { addSenders } from './store'
import { settingsOf } from './view'

/** Senders of one mail server. Delivery holds all of them in memory, ten kilobytes for each hundred. */
export const SENDERS_MAX = 10_000
/** Senders of one form. The audit entry names all of them. */
export const ADDED_MAX = 100
/** Characters of a wrong line that its error repeats. */
const ERROR_CHARS_MAX = 80

/** Lines are counted from 1. */
export type AddFault =
  | { kind: 'gone' }
  | { kind: 'lines'; lines: { line: number; text: string; validationError: ValidationError }[] }
  | { kind: 'none' }
  | { kind: 'too-many'; max: number }
  | { kind: 'full'; max: number }

/** Adds senders, one address a line. An address that exists already stays as it is. */
export async function add(
  deps: SendersDeps,
  caller: LocalisedCaller,
  { server, typed, way }: { server: string; typed: string; way: SenderWay },
): Promise<Result<{ added: number; known: number }, AddFault>> {
  const settings = await settingsOf(deps, server)
  if (settings?.type !== 'exchange-online-oauth2') return fail({ kind: 'gone' })
  const parsed = parseAddresses(typed, settings.senderAddress)
  if (!parsed.ok) return parsed
  const addresses = parsed.value
  const entry = (added: readonly string[]) =>
    senderEntry('sender.add', caller, server, added, {
      way,
      ...(added.length > 1 && { addresses: added.join(', ') }),
    })
  const senders = { addresses, way, by: actorName(caller.actor), max: SENDERS_MAX }
  const written = await addSenders(deps, server, senders, entry)
  if (written.ok) return ok({ added: written.value.length, known: addresses.length - written.value.length })
  return written.error === 'gone'
    ? fail({ kind: 'gone' })
    : refuse(deps, entry(addresses), { kind: 'full', max: SENDERS_MAX })
}

/** Addresses separated by line ends, blanks, commas or semicolons; each once, in lower case. A line has at most one error. */
function parseAddresses(typed: string, own: string): Result<string[], AddFault> {
  const addresses = new Set<string>()
  const lines: Extract<AddFault, { kind: 'lines' }>['lines'] = []
  for (const [index, line] of typed.split(/\r\n|\r|\n/u).entries()) {
    const errors: { text: string; validationError: ValidationError }[] = []
    for (const text of line.split(/[\s,;]+/u).filter((part) => part !== '')) {
      const parsed = parseSenderEmail(text)
      const isOwn = parsed.ok && sameAddress(parsed.value, own)
      const validationError: ValidationError | null = !parsed.ok ? parsed.error : isOwn ? { key: 'sender.own' } : null
      if (validationError) errors.push({ text, validationError })
      else if (parsed.ok) addresses.add(parsed.value.toLowerCase())
    }
    const [first] = errors
    if (first) {
      const text = errors.map((each) => each.text).join(' ')
      lines.push({ line: index + 1, text: text.slice(0, ERROR_CHARS_MAX), validationError: first.validationError })
    }
    if (addresses.size + lines.length > ADDED_MAX) return fail({ kind: 'too-many', max: ADDED_MAX })
  }
  if (lines.length > 0) return fail({ kind: 'lines', lines })
  return addresses.size === 0 ? fail({ kind: 'none' }) : ok([...addresses])
}
