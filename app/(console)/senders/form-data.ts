import 'server-only'
import { uuidOf } from '@/app/_form/fields'
import { type Outcome, refused, textOf } from '@/app/_form/outcome'
import { mailServers } from '@/app/_server/status'
import { type SearchParams, textIn } from '@/app/search-params'
import { type Locale, type Translator, translatorFor } from '@/lib/i18n/translations'
import type { AddFault } from '@/lib/mail-server/senders/change'
import { SENDER_STATES } from '@/lib/mail-server/senders/state'
import { RULE_WAY, SENDER_WAYS, type SenderWay } from '@/lib/policy/sender'
import { services } from '@/lib/services'
import { validationErrorText } from '@/lib/validation/validation-error'

/** Longer than any address. */
const ADDRESS_CHARS_MAX = 320
/** Enough for a hundred long addresses. */
const TYPED_CHARS_MAX = 32_000

const typedText = (form: FormData, name: string, max: number) => textOf(form, name).replaceAll('\0', '').slice(0, max)

export const addressIn = (form: FormData): string => typedText(form, 'address', ADDRESS_CHARS_MAX)

export const testToIn = (form: FormData): string => typedText(form, 'testTo', ADDRESS_CHARS_MAX)

export const wayIn = (form: FormData, name: 'way' | 'was'): SenderWay =>
  SENDER_WAYS.find((way) => way === form.get(name)) ?? RULE_WAY

export const addressesIn = (form: FormData): string => typedText(form, 'addresses', TYPED_CHARS_MAX)

export const refusedAddresses = (message: string, form: FormData): Outcome =>
  refused(message, {
    errors: { addresses: message },
    typed: { addresses: addressesIn(form), way: wayIn(form, 'way') },
  })

/** What is wrong with the addresses while they are typed. An empty field is no error yet. */
export async function wrongSoFar(form: FormData, locale: Locale): Promise<Record<'addresses', string>> {
  const checked = await services().senders.check(uuidOf(form, 'server'), addressesIn(form))
  const isWrong = !checked.ok && checked.error.kind !== 'none'
  return { addresses: isWrong ? addFaultTexts(checked.error, locale).join('\n') : '' }
}

export const wayOptions = (t: Translator<'senders'>) =>
  SENDER_WAYS.map((value) => ({ value, label: t(`way.${value}-choice`), hint: t(`way.${value}-text`) }))

/** The mail server as the addresses of these pages name it. */
export const serverInAddress = async (form: FormData): Promise<string> =>
  (await requestedServer(uuidOf(form, 'server')))?.id ?? ''

export function addFaultTexts(fault: AddFault, locale: Locale): string[] {
  const t = translatorFor(locale, 'validation')
  switch (fault.kind) {
    case 'lines':
      return fault.lines.map(({ line, text, validationError }) =>
        t('sender.inLine', { line, text, said: validationErrorText(t, validationError) }),
      )
    case 'none':
      return [t('sender.none')]
    case 'too-many':
      return [t('sender.tooMany', { max: fault.max })]
    case 'full':
      return [t('sender.full', { max: fault.max })]
    case 'gone':
      return [t('refused.senderGone')]
  }
}

export type SendersQuery = ReturnType<typeof readSendersQuery>

export const readSendersQuery = (params: SearchParams) => ({
  /** Id of the mail server; empty for the default one. */
  server: textIn(params, 'server'),
  text: textIn(params, 'text'),
  /** Null for any state. */
  state: SENDER_STATES.find((known) => known === params.state) ?? null,
  /** The page starts after this address; empty for the first page. */
  after: textIn(params, 'after').toLowerCase(),
})

/** The mail server that the address names, or the default one. `id` is empty unless there are several, because addresses need none then. */
export async function requestedServer(requestedId: string) {
  const servers = await mailServers()
  const server = servers.find(({ id }) => id === requestedId) ?? servers[0]
  return server ? { server, id: servers.length > 1 ? server.id : '', servers } : null
}
