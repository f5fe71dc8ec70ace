import 'server-only'
import { complaintText } from '@/lib/kernel/complaint'
import type { Locale } from '@/lib/kernel/locale'
import { wordsFor } from '@/lib/kernel/words'
import type { AddFault } from '@/lib/mail-server/senders'
import { RULE_WAY, SENDER_WAYS, type SenderWay } from '@/lib/policy/sender'
import { serverIn } from '../mail-server/server-data'
import { serverAsked } from './server-asked'

/** Whole addresses are shorter. */
const ADDRESS_CHARS_MAX = 320
/** A hundred long addresses. */
const TYPED_CHARS_MAX = 32_000

function textIn(form: FormData, name: string, max: number): string {
  const value = form.get(name)
  return typeof value === 'string' ? value.replaceAll('\0', '').slice(0, max) : ''
}

export const addressIn = (form: FormData): string => textIn(form, 'address', ADDRESS_CHARS_MAX)

export const testToIn = (form: FormData): string => textIn(form, 'testTo', ADDRESS_CHARS_MAX)

export const wayIn = (form: FormData, name: 'way' | 'was'): SenderWay =>
  SENDER_WAYS.find((way) => way === form.get(name)) ?? RULE_WAY

export const typedAddresses = (form: FormData): { typed: string; way: SenderWay } => ({
  typed: textIn(form, 'addresses', TYPED_CHARS_MAX),
  way: wayIn(form, 'way'),
})

/** The mail server as addresses of these pages name it. */
export const serverInAddress = async (form: FormData): Promise<string> => (await serverAsked(serverIn(form)))?.id ?? ''

export function addFaultTexts(fault: AddFault, locale: Locale): string[] {
  const words = wordsFor(locale, 'validation')
  switch (fault.kind) {
    case 'lines':
      return fault.lines.map(({ line, text, complaint }) =>
        words('sender.inLine', { line, text, said: complaintText(words, complaint) }),
      )
    case 'none':
      return [words('sender.none')]
    case 'too-many':
      return [words('sender.tooMany', { max: fault.max })]
    case 'full':
      return [words('sender.full', { max: fault.max })]
    case 'gone':
      return [words('sender.gone')]
  }
}
