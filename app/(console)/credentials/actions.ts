'use server'

import { revalidatePath } from 'next/cache'
import { textOf } from '@/app/_form/outcome'
import type { OperatorCaller } from '@/app/_server/caller'
import { type FormActionOptions, formAction } from '@/app/_server/form-action'
import { credentialPath, replaceCredentialPath } from '@/app/paths'
import { absoluteTime } from '@/components/timestamp'
import { EDITABLE_FIELDS, OWNERS_MAX, parseNote } from '@/lib/credentials/edit'
import type { AddNextFault } from '@/lib/credentials/rotation/add-next'
import type { RemoveFault } from '@/lib/credentials/rotation/remove'
import { translatorFor } from '@/lib/i18n/translations'
import { services } from '@/lib/services'
import { validationErrorText } from '@/lib/validation/validation-error'
import { findDates } from './_list/load-rows'
import { once } from './_rotation/once'
import { credentialInputIn } from './_rotation/parse-credential'
import { uuidOf, versionOf } from './ids'
import { type CredentialOutcome, refused } from './outcome'
import { leadTo } from './redirect-to'

const answerOf: FormActionOptions<CredentialOutcome>['refused'] = (message, _, __, confirm) => ({
  kind: 'refused',
  message,
  confirm,
})

const WRITE = { permission: 'credentials:write', refused: answerOf } as const
const TEST = { permission: 'credentials:test', refused: answerOf } as const

export const addNextAction = formAction<CredentialOutcome>({
  ...WRITE,
  name: 'credentials.add-next',
  fresh: true,
  async run(caller, form) {
    const input = await credentialInputIn(form, caller.locale)
    if (!input.ok) return refused(input.error)
    const note = parseNote(textOf(form, 'note'))
    if (!note.ok) return refused(validationErrorText(translatorFor(caller.locale, 'validation'), note.error))
    const outcome = await once(caller, 'credential.add-next', form, async () => {
      const added = await services().credentials.addNext(caller, {
        mailServerId: uuidOf(form, 'mailServer'),
        input: input.value,
        note: note.value,
      })
      return added.ok ? null : refused(addFaultText(added.error, caller))
    })
    return outcome ?? leadTo('added', replaceCredentialPath(uuidOf(form, 'mailServer')))
  },
})

function addFaultText(fault: AddNextFault, { locale }: OperatorCaller): string {
  const t = translatorFor(locale, 'credentials')
  if (fault.kind === 'certificate') return t(`certificate.${fault.problem}`)
  return fault.kind === 'key-wrong' ? t('fault.key-wrong', { kid: fault.kid }) : t(`fault.${fault.kind}`)
}

export const testNextAction = formAction<CredentialOutcome>({
  ...TEST,
  name: 'credentials.test-next',
  async run(caller, form) {
    const tested = await services().credentials.testNext(caller, uuidOf(form, 'mailServer'))
    if (!tested.ok) return refused(translatorFor(caller.locale, 'credentials')(`fault.${tested.error.kind}`))
    return leadTo(tested.value.state, replaceCredentialPath(uuidOf(form, 'mailServer')))
  },
})

export const makeCurrentAction = formAction<CredentialOutcome>({
  ...WRITE,
  name: 'credentials.make-current',
  fresh: true,
  async run(caller, form) {
    const outcome = await once(caller, 'credential.make-current', form, async () => {
      const promoted = await services().credentials.makeCurrent(caller, {
        mailServerId: uuidOf(form, 'mailServer'),
        nextId: uuidOf(form, 'credential'),
        version: versionOf(form),
      })
      return promoted.ok ? null : refused(translatorFor(caller.locale, 'credentials')(`fault.${promoted.error.kind}`))
    })
    return outcome ?? leadTo('current', replaceCredentialPath(uuidOf(form, 'mailServer')))
  },
})

/** Mail uses the previous credential again, as the one in use is rejected. */
export const goBackAction = formAction<CredentialOutcome>({
  ...WRITE,
  name: 'credentials.go-back',
  fresh: true,
  async run(caller, form) {
    const outcome = await once(caller, 'credential.go-back', form, async () => {
      const restored = await services().credentials.goBack(caller, {
        mailServerId: uuidOf(form, 'mailServer'),
        previousId: uuidOf(form, 'credential'),
        version: versionOf(form),
      })
      return restored.ok ? null : refused(translatorFor(caller.locale, 'credentials')(`fault.${restored.error.kind}`))
    })
    return outcome ?? leadTo('back', replaceCredentialPath(uuidOf(form, 'mailServer')))
  },
})

export const discardNextAction = formAction<CredentialOutcome>({
  ...WRITE,
  name: 'credentials.discard',
  async run(caller, form) {
    const outcome = await once(caller, 'credential.discard', form, async () => {
      const discarded = await services().credentials.discardNext(caller, {
        mailServerId: uuidOf(form, 'mailServer'),
        nextId: uuidOf(form, 'credential'),
      })
      return discarded.ok ? null : refused(translatorFor(caller.locale, 'credentials')(`fault.${discarded.error.kind}`))
    })
    return outcome ?? leadTo('discarded', replaceCredentialPath(uuidOf(form, 'mailServer')))
  },
})

export const removeAction = formAction<CredentialOutcome>({
  ...WRITE,
  name: 'credentials.remove',
  fresh: true,
  async run(caller, form) {
    const outcome = await once(caller, 'credential.remove', form, async () => {
      const removed = await services().credentials.remove(caller, {
        credentialId: uuidOf(form, 'credential'),
        insist: form.get('insist') === 'on',
      })
      return removed.ok ? null : refused(removeFaultText(removed.error, caller))
    })
    return outcome ?? leadTo('removed', replaceCredentialPath(uuidOf(form, 'mailServer')))
  },
})

function removeFaultText(fault: RemoveFault, { locale }: OperatorCaller): string {
  const t = translatorFor(locale, 'credentials')
  return fault.kind === 'too-early'
    ? t('fault.too-early', { until: absoluteTime(fault.until, locale) })
    : t(`fault.${fault.kind}`)
}

export const findDatesAction = formAction<CredentialOutcome>({
  ...TEST,
  name: 'credentials.find',
  async run(caller, form) {
    const outcome = await findDates(caller, uuidOf(form, 'mailServer'))
    revalidatePath('/', 'layout')
    return outcome
  },
})

export const checkNowAction = formAction<CredentialOutcome>({
  ...TEST,
  name: 'credentials.check',
  async run(caller, form) {
    const t = translatorFor(caller.locale, 'credentials')
    const probed = await services().credentials.probe(caller, uuidOf(form, 'credential'))
    if (!probed.ok) return refused(t(`fault.${probed.error.kind}`))
    revalidatePath('/', 'layout')
    const answer = t(`probe.${probed.value.outcome}`)
    return probed.value.outcome === 'accepted'
      ? { kind: 'done', lines: [t('one.checked', { answer })] }
      : refused(t('one.checked', { answer }))
  },
})

export const useFoundDateAction = formAction<CredentialOutcome>({
  ...WRITE,
  name: 'credentials.use-found-date',
  async run(caller, form) {
    const credentialId = uuidOf(form, 'credential')
    const set = await services().credentials.takeFoundDate(caller, credentialId)
    if (set.ok) return leadTo('date', credentialPath(credentialId))
    return refused(translatorFor(caller.locale, 'credentials')(`fault.${set.error.kind}`))
  },
})

/** The forms of the credential page with one field each. */
export const editAction = formAction<CredentialOutcome>({
  ...WRITE,
  name: 'credentials.edit',
  async run(caller, form) {
    const credentialId = uuidOf(form, 'credential')
    const field = EDITABLE_FIELDS.find((name) => form.has(name)) ?? 'note'
    const edited = await services().credentials.edit(caller, { credentialId, field, text: textOf(form, field) })
    if (edited.ok) return leadTo(field === 'validUntil' ? 'date' : field, credentialPath(credentialId))
    const { error } = edited
    if (error.kind === 'invalid')
      return refused(validationErrorText(translatorFor(caller.locale, 'validation'), error.validationError))
    const typed = error.kind === 'ownerInvalid' ? error.typed : ''
    return refused(translatorFor(caller.locale, 'credentials')(`fault.${error.kind}`, { typed, max: OWNERS_MAX }))
  },
})
