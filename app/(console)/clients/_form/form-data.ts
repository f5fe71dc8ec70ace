import { uuidOf, versionOf } from '@/app/_form/fields'
import type { SearchParams } from '@/app/search-params'
import { parseDay } from '@/lib/credentials/edit'
import { type Locale, type Translator, translatorFor } from '@/lib/i18n/translations'
import { recordOf } from '@/lib/kernel'
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

/** The name of a hidden field begins with it. */
const INITIAL = 'initial.'

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

export const clientIn = (form: FormData) => ({ id: uuidOf(form, 'client'), version: versionOf(form) })

/** Hidden fields: the version that the form changes, and what it contained before anything was typed. */
export const basisOf = (version: number, fields: ClientFields): Record<string, string | number> => ({
  version,
  ...Object.fromEntries(FIELD_NAMES.map((name) => [INITIAL + name, fields[name]])),
})

export const basisIn = (form: FormData) => basisOf(clientIn(form).version, textsIn(form, INITIAL))

/** The form after another person has saved, the fields that both have changed, and those that take the other person's value. */
export function mergeSaved(form: FormData, saved: ClientFields, t: Translator<'clients'>) {
  const [initial, typed] = [textsIn(form, INITIAL), fieldsIn(form)]
  const wording = (name: keyof ClientFields, fields: ClientFields) => valueText(name, fields[name].trim(), t)
  const differing = FIELD_NAMES.filter((name) => wording(name, saved) !== wording(name, typed))
  const updated = differing.filter((name) => wording(name, typed) === wording(name, initial))
  const both = differing.filter((name) => !updated.includes(name) && wording(name, saved) !== wording(name, initial))
  return {
    merged: { ...typed, ...Object.fromEntries(updated.map((name) => [name, saved[name]])) },
    updated: updated.map((name) => t(`form.field.${name}`)),
    differences: both.map((name) => ({
      label: t(`form.field.${name}`),
      saved: wording(name, saved),
      typed: wording(name, typed),
    })),
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
