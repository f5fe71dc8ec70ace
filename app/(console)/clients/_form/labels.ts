import type { Translator } from '@/lib/i18n/translations'
import { recordOf } from '@/lib/kernel/record-of'
import {
  CLIENT_KINDS,
  type ClientFields,
  type ClientWay,
  FAILURE_REPORTS,
  NETWORKS_MAX,
  SCOPES,
  SENDERS_MAX,
} from '@/lib/submission/client'
import { FIELD_NAMES } from './form-data'

const choicesOf = <T extends string>(values: readonly T[], label: (value: T) => string) =>
  values.map((value) => ({ value, label: label(value) }))

/** The texts of the form, in the reader's language. */
export function formLabels(t: Translator<'clients'>, way: ClientWay) {
  const hints: Partial<Record<keyof ClientFields, string>> = {
    owner: t('form.hint.owner'),
    place: t('form.hint.place'),
    senders: t('form.hint.senders', { max: SENDERS_MAX }),
    networks: t(way === 'network' ? 'form.hint.networksOnly' : 'form.hint.networks', { max: NETWORKS_MAX }),
    maxPerMinute: t('form.hint.maxPerMinute'),
    expiresAt: t('form.hint.expiresAt'),
  }
  return {
    fields: recordOf(FIELD_NAMES, (name) => t(`form.field.${name}`)),
    hints,
    kinds: choicesOf(CLIENT_KINDS, (kind) => t(`kind.${kind}`)),
    reports: choicesOf(FAILURE_REPORTS, (report) => t(`report.${report}`)),
    scopes: choicesOf(SCOPES, (scope) => t(`scope.${scope}`)),
    errors: t('form.errors'),
    pending: t('form.pending'),
    yours: t('form.yours'),
    saved: t('form.saved'),
    unsaved: t('form.unsaved'),
    discard: t('form.discard'),
  }
}
export type ClientFormLabels = ReturnType<typeof formLabels>
