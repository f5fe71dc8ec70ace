import { uuidOf } from '@/app/_form/fields'
import type { SearchParams } from '@/app/search-params'
import { parseDay } from '@/lib/credentials/edit'
import { type Locale, type Translator, translatorFor } from '@/lib/i18n/translations'
import { pick, recordOf } from '@/lib/kernel'
import {
  CLIENT_WAYS,
  type Client,
  type ClientFields,
  type ClientWay,
  FIELD_NAMES,
  NO_FIELDS,
  parseClient,
} from '@/lib/submission/client'
import { validationTexts } from '@/lib/validation/validation-error'

/** Enough for 50 long addresses. */
const TYPED_CHARS_MAX = 16_000

const textIn = (value: unknown): string =>
  typeof value === 'string' ? value.replaceAll('\0', '').slice(0, TYPED_CHARS_MAX) : ''

/** The name of a hidden field with what the page showed begins with it. */
const WAS = 'was.'

const textsIn = (form: FormData, prefix: string) => recordOf(FIELD_NAMES, (name) => textIn(form.get(prefix + name)))

export const fieldsIn = (form: FormData): ClientFields => ({
  ...textsIn(form, ''),
  scopes: form.getAll('scopes').map(textIn).join(' '),
})

/** What is wrong with the allowed senders and networks while they are typed, in words. An empty field is no error yet. */
export function wrongSoFar(form: FormData, locale: Locale, now: Date): Record<'senders' | 'networks', string> {
  const fields = fieldsIn(form)
  const parsed = parseClient(fields, wayIn(form.get('way')) ?? 'login', now)
  const errors = parsed.ok ? {} : validationTexts(translatorFor(locale, 'validation'), parsed.error)
  return recordOf(['senders', 'networks'], (name) => (fields[name].trim() === '' ? '' : (errors[name] ?? '')))
}

export const wayIn = (value: unknown): ClientWay | null => CLIENT_WAYS.find((way) => way === value) ?? null

export const clientIdIn = (form: FormData) => uuidOf(form, 'client')

/** Hidden fields: what the form contained before anything was typed. */
export const wasOf = (fields: Partial<ClientFields>): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).map(([name, text]) => [WAS + name, text]))

/** What is typed, to be shown again with what it is based on. A key for nothing may send, as the form has it before. */
export function typedIn(form: FormData): Record<string, string> {
  const { scopes, ...typed } = fieldsIn(form)
  return { ...wasOf(textsIn(form, WAS)), ...typed, ...(scopes && { scopes }) }
}

/**
 * What to save: of each field that was changed in the form what is typed, of the others what is saved. `replaced` are those that another
 * person has changed too.
 *
 * @param isRepeated The form was saved before: what is no longer so, another person has changed back.
 */
export function mergeSaved(form: FormData, saved: ClientFields, t: Translator<'clients'>, isRepeated: boolean) {
  const [was, typed] = [textsIn(form, WAS), fieldsIn(form)]
  const text = (name: keyof ClientFields, fields: ClientFields) => valueText(name, fields[name].trim(), t)
  const changed = FIELD_NAMES.filter((name) => ![text(name, was), text(name, saved)].includes(text(name, typed)))
  const replaced = changed.filter((name) => isRepeated || text(name, saved) !== text(name, was))
  const texts = (fields: ClientFields) =>
    Object.fromEntries(replaced.map((name) => [t(`form.field.${name}`), text(name, fields)]))
  return {
    fields: { ...saved, ...pick(typed, ...changed) },
    replaced: pick(saved, ...replaced),
    saved: texts(saved),
    yours: texts(typed),
  }
}

/** The fields of an empty form, with what an address proposes, such as that of a device that was refused. */
export function proposedFields(params: SearchParams, way: ClientWay): ClientFields {
  return {
    ...NO_FIELDS,
    kind: way === 'api-key' ? 'application' : 'printer',
    name: textIn(params.name),
    senders: textIn(params.senders),
    networks: textIn(params.networks),
    failureReport: 'originator',
    scopes: 'send',
  }
}

export const fieldsOf = (client: Client): ClientFields => ({
  ...pick(client, 'kind', 'name', 'place', 'failureReport'),
  owner: client.owner ?? '',
  senders: client.senders.join('\n'),
  networks: client.networks.join('\n'),
  maxPerMinute: client.maxPerMinute === null ? '' : String(client.maxPerMinute),
  scopes: client.scopes.join(' '),
  expiresAt: client.expiresAt?.toISOString().slice(0, 10) ?? '',
})

export function valueText(name: keyof ClientFields, value: string, t: Translator<'clients'>): string {
  if (value === '') return t('form.empty')
  if (name === 'kind') return t.lookUp(`kind.${value}`) ?? value
  if (name === 'failureReport') return t.lookUp(`report.${value}`) ?? value
  if (name === 'expiresAt') {
    const day = parseDay(value)
    if (day.ok && day.value) return t.date(day.value)
  }
  const entries = value.split(/\s+/u)
  if (name === 'scopes') return entries.map((scope) => t.lookUp(`scope.${scope}`) ?? scope).join(' · ')
  return entries.join(name === 'senders' || name === 'networks' ? ', ' : ' ')
}
