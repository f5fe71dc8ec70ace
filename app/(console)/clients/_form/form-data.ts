import { uuidOf, versionOf } from '@/app/_form/fields'
import type { SearchParams } from '@/app/search-params'
import type { Locale } from '@/lib/i18n/locale'
import { type Translator, translatorFor } from '@/lib/i18n/translations'
import { recordOf } from '@/lib/kernel/record-of'
import { CLIENT_WAYS, type Client, type ClientErrors, type ClientFields, type ClientWay } from '@/lib/submission/client'
import { validationErrorText } from '@/lib/validation/validation-error'

/** Enough for 50 long addresses. */
const TYPED_CHARS_MAX = 16_000

export const FIELD_NAMES = [
  ...(['name', 'kind', 'place', 'owner', 'senders', 'networks'] as const),
  ...(['maxPerMinute', 'failureReport', 'scopes', 'expiresAt'] as const),
] satisfies (keyof ClientFields)[]

const textIn = (value: unknown): string =>
  typeof value === 'string' ? value.replaceAll('\0', '').slice(0, TYPED_CHARS_MAX) : ''

export const fieldsIn = (form: FormData): ClientFields => ({
  ...recordOf(FIELD_NAMES, (name) => textIn(form.get(name))),
  scopes: form.getAll('scopes').map(textIn).join(' '),
})

export const wayIn = (value: unknown): ClientWay | null => CLIENT_WAYS.find((way) => way === value) ?? null

export const clientIn = (form: FormData) => ({ id: uuidOf(form, 'client'), version: versionOf(form) })

/** The fields of an empty form, with what an address proposes, such as that of a device that was refused. */
export function proposedFields(params: SearchParams, way: ClientWay): ClientFields {
  return {
    ...{ kind: way === 'api-key' ? 'application' : 'printer', name: textIn(params.name), owner: '', place: '' },
    ...{ senders: textIn(params.senders), networks: textIn(params.networks), maxPerMinute: '' },
    ...{ failureReport: 'originator', scopes: 'send', expiresAt: '' },
  }
}

/** The settings of a client as its form has them. */
export const fieldsOf = (client: Client): ClientFields => ({
  kind: client.kind,
  name: client.name,
  owner: client.owner ?? '',
  place: client.place,
  senders: client.senders.join('\n'),
  networks: client.networks.join('\n'),
  maxPerMinute: client.maxPerMinute === null ? '' : String(client.maxPerMinute),
  failureReport: client.failureReport,
  scopes: client.scopes.join(' '),
  expiresAt: client.expiresAt?.toISOString().slice(0, 10) ?? '',
})

export function errorTexts(errors: ClientErrors, locale: Locale): Partial<Record<keyof ClientFields, string>> {
  const t = translatorFor(locale, 'validation')
  return Object.fromEntries(Object.entries(errors).map(([name, error]) => [name, validationErrorText(t, error)]))
}

/** The value of a field in words. */
export function valueText(name: keyof ClientFields, value: string, t: Translator<'clients'>): string {
  if (value === '') return '–'
  if (name === 'kind') return t.lookUp(`kind.${value}`) ?? value
  if (name === 'failureReport') return t.lookUp(`report.${value}`) ?? value
  return value.split(/\s+/u).join(name === 'senders' || name === 'networks' || name === 'scopes' ? ', ' : ' ')
}
