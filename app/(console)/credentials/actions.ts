'use server'

import { uuidOf, versionOf } from '@/app/_form/fields'
import {
  type Outcome,
  refused,
  refusedField,
  refusedWith,
  shownAgain,
  succeeded,
  textOf,
  typedIn,
} from '@/app/_form/outcome'
import type { OperatorCaller } from '@/app/_server/caller'
import { changeOnce } from '@/app/_server/change-once'
import { refusedOver } from '@/app/_server/conflict'
import { formActions, showEverywhere } from '@/app/_server/form-action'
import { once } from '@/app/_server/once'
import { leadToPage } from '@/app/_server/plain-action'
import { CREDENTIALS_PATH, credentialPath } from '@/app/paths'
import type { AuditAction, Done as DoneBefore } from '@/lib/audit'
import {
  EDIT_ACTIONS,
  EDITABLE_FIELDS,
  type EditableField,
  type EditFault,
  type FieldFaults,
  parseDay,
  parseNote,
  parseOwners,
} from '@/lib/credentials/edit'
import type { GraphPurpose } from '@/lib/credentials/grant'
import type { DiscoverFault, Discovery } from '@/lib/credentials/inventory/discover'
import type { AddNextFault } from '@/lib/credentials/rotation/add-next'
import type { GoBackFault, MakeCurrentFault } from '@/lib/credentials/rotation/make-current'
import type { RemoveFault } from '@/lib/credentials/rotation/remove'
import type { Rotation } from '@/lib/credentials/store/rotations'
import type { CredentialView } from '@/lib/credentials/views'
import { ROTATE_DAYS_MAX } from '@/lib/credentials/watch'
import { faultTitle } from '@/lib/diagnosis'
import { type KeyUnder, type Translator, translatorFor } from '@/lib/i18n/translations'
import { fail, ok, type Result, recordOf } from '@/lib/kernel'
import { services } from '@/lib/services'
import { type ValidationError, validationErrorText } from '@/lib/validation/validation-error'
import { credentialRowsOf } from './_list/rows'
import { nameOf } from './_view/labels'
import { reasonText, stepText } from './_view/rotation-text'
import { chosenIds, chosenIn, seenOwnersField } from './chosen-ids'
import { credentialInputIn } from './parse-credential'

export type Done = KeyUnder<'credentials', 'done'>

/** @param form While several credentials are replaced one after the other, it names them, and the next page does so too. */
const leadTo = (done: Done, at: string, form: FormData): never =>
  leadToPage(at, { done, chosen: chosenIn(form.get('chosen')).join(',') })

const textsFor = ({ locale }: OperatorCaller) => translatorFor(locale, 'credentials')

type StepFault = AddNextFault | MakeCurrentFault | GoBackFault | RemoveFault

function faultText(fault: StepFault, caller: OperatorCaller): string {
  const t = textsFor(caller)
  switch (fault.kind) {
    case 'certificate':
      return t(`certificate.${fault.problem}`)
    case 'key-wrong':
      return t('fault.key-wrong', { kid: fault.kid })
    case 'too-early':
      return t('fault.too-early', { until: t.time(fault.until) })
    default:
      return t(`fault.${fault.kind}`)
  }
}

const LABELS = { note: 'one.note', owners: 'one.owners', validUntil: 'one.editDate' } as const

const fieldError = (error: ValidationError, field: EditableField, caller: OperatorCaller): string =>
  validationErrorText(translatorFor(caller.locale, 'validation'), error, textsFor(caller)(LABELS[field]))

const editFaultText = (
  fault: Exclude<EditFault, { kind: 'replaced' }>,
  field: EditableField,
  caller: OperatorCaller,
): string =>
  fault.kind === 'invalid' ? fieldError(fault.validationError, field, caller) : textsFor(caller)(`fault.${fault.kind}`)

/** A field's text, a date as people write it. */
function fieldText(field: EditableField, text: string, t: Translator<'credentials'>): string {
  const day = parseDay(text)
  return field === 'validUntil' && day.ok && day.value ? t.date(day.value) : text
}

/** Does one step of a replacement once for each form, and returns to the page of the replacement. */
async function doStep(
  caller: OperatorCaller,
  form: FormData,
  { purpose, done }: { purpose: AuditAction; done: Done },
  act: (mailServerId: string) => Promise<Result<unknown, StepFault>>,
): Promise<Outcome> {
  const mailServerId = uuidOf(form, 'mailServer')
  const step = async () => {
    const result = await act(mailServerId)
    if (result.ok) return ok({})
    const message = faultText(result.error, caller)
    if (result.error.kind !== 'certificate') return fail(refusedWith(message, form))
    const isOfPassword = ['wrong-password', 'password-needed'].includes(result.error.problem)
    return fail(refusedField(isOfPassword ? 'filePassword' : 'file', message, form))
  }
  const outcome = await once(caller, purpose, form, step, refusedWith)
  return outcome.ok ? leadTo(done, credentialPath(mailServerId), form) : outcome.error
}

const write = formActions('credentials:write', refusedWith)
const confirmedWrite = formActions('credentials:write', refusedWith, { fresh: true })
const test = formActions('credentials:test', refusedWith)

export const addNextAction = confirmedWrite('credentials.add-next', async (caller, form) => {
  const input = await credentialInputIn(form, caller.locale)
  if (!input.ok) return input.error
  const note = parseNote(textOf(form, 'note'))
  if (!note.ok) return refusedField('note', fieldError(note.error, 'note', caller), form)
  return doStep(caller, form, { purpose: 'credential.add-next', done: 'added' }, (mailServerId) =>
    services().credentials.addNext(caller, { mailServerId, input: input.value, note: note.value }),
  )
})

export const testNextAction = test('credentials.test-next', async (caller, form) => {
  const tested = await services().credentials.testNext(caller, uuidOf(form, 'mailServer'))
  if (!tested.ok) return refused(textsFor(caller)(`fault.${tested.error.kind}`))
  return leadTo(tested.value.state, credentialPath(uuidOf(form, 'mailServer')), form)
})

export const makeCurrentAction = confirmedWrite('credentials.make-current', (caller, form) =>
  doStep(caller, form, { purpose: 'credential.make-current', done: 'current' }, (mailServerId) => {
    const input = { mailServerId, nextId: uuidOf(form, 'credential'), version: versionOf(form) }
    return services().credentials.makeCurrent(caller, input)
  }),
)

/** Makes the previous credential current again, because the one in use is rejected. */
export const goBackAction = confirmedWrite('credentials.go-back', (caller, form) =>
  doStep(caller, form, { purpose: 'credential.go-back', done: 'back' }, (mailServerId) => {
    const input = { mailServerId, previousId: uuidOf(form, 'credential'), version: versionOf(form) }
    return services().credentials.goBack(caller, input)
  }),
)

/** Continues a replacement that was in progress when a backup was made that was restored since. */
export const resumeAction = confirmedWrite('credentials.resume', (caller, form) =>
  doStep(caller, form, { purpose: 'rotation.step', done: 'resumed' }, (mailServerId) =>
    services().credentials.resume(caller, { mailServerId, rotationId: uuidOf(form, 'rotation') }),
  ),
)

/** Stops a replacement that waits for Microsoft, so that the next credential can be added by hand. */
export const stopAction = write('credentials.stop', (caller, form) =>
  doStep(caller, form, { purpose: 'rotation.end', done: 'stopped' }, (mailServerId) =>
    services().credentials.stop(caller, { mailServerId, rotationId: uuidOf(form, 'rotation') }),
  ),
)

export const discardNextAction = write('credentials.discard', (caller, form) =>
  doStep(caller, form, { purpose: 'credential.discard', done: 'discarded' }, (mailServerId) =>
    services().credentials.discardNext(caller, { mailServerId, nextId: uuidOf(form, 'credential') }),
  ),
)

export const removeAction = confirmedWrite('credentials.remove', (caller, form) =>
  doStep(
    caller,
    form,
    { purpose: 'credential.remove', done: form.has('shared') ? 'removed-shared' : 'removed' },
    () => {
      const input = { credentialId: uuidOf(form, 'credential'), insist: form.get('insist') === 'on' }
      return services().credentials.remove(caller, input)
    },
  ),
)

export const findDatesAction = test('credentials.find', async (caller, form) => {
  const t = textsFor(caller)
  const { credentials } = services()
  const discovered = await credentials.discover(caller, uuidOf(form, 'mailServer'))
  showEverywhere()
  if (!discovered.ok) return faultOf(discovered.error, t)
  return succeeded(...linesOf(discovered.value, await credentials.list(), t))
})

export const checkNowAction = test('credentials.check', async (caller, form) => {
  const t = textsFor(caller)
  const probed = await services().credentials.probe(caller, uuidOf(form, 'credential'))
  if (!probed.ok) return refused(t(`fault.${probed.error.kind}`))
  showEverywhere()
  const { outcome } = probed.value
  const text = t('one.checked', { answer: t(`probe.${outcome}`) })
  return outcome === 'accepted' ? succeeded(text) : refused(text)
})

export const useFoundDateAction = write('credentials.use-found-date', async (caller, form) => {
  const credentialId = uuidOf(form, 'credential')
  const set = await services().credentials.takeFoundDate(caller, { credentialId, version: versionOf(form) })
  if (set.ok) return leadTo('date', credentialPath(credentialId), form)
  return refused(textsFor(caller)(`fault.${set.error.kind}`))
})

/** The form of the credential page. What was not changed there is left alone. */
export const editAction = write('credentials.edit', async (caller, form) => {
  const credentialId = uuidOf(form, 'credential')
  const changes = EDITABLE_FIELDS.filter((name) => form.has(name)).map((field) => ({
    field,
    text: textOf(form, field),
    was: textOf(form, `was.${field}`),
  }))
  const act = async (isRepeated: boolean) => {
    const edited = await services().credentials.edit(caller, { credentialId, changes, isRepeated })
    return edited.ok ? edited : fail(await refusedEdit(caller, form, edited.error))
  }
  // If the answer is never stored, the entry of a changed field shows that it was done.
  const changed = changes.find(({ text, was }) => text !== was)
  const edited = await changeOnce(caller, EDIT_ACTIONS[changed?.field ?? 'note'], form, act, refusedWith)
  return edited.ok ? leadTo('edited', credentialPath(credentialId), form) : edited.error
})

async function refusedEdit(caller: OperatorCaller, form: FormData, faults: FieldFaults): Promise<Outcome> {
  const t = textsFor(caller)
  const typed = shownAgain(form)
  const errors: Record<string, string> = {}
  const saved: Record<string, string> = {}
  const yours: Record<string, string> = {}
  const was: Record<string, string> = {}
  const saves: DoneBefore[] = []
  for (const field of EDITABLE_FIELDS) {
    const fault = faults[field]
    if (!fault) continue
    if (fault.kind === 'not-found') return refused(editFaultText(fault, field, caller))
    if (fault.kind === 'changed') showEverywhere()
    if (fault.kind === 'replaced') {
      saves.push([`credential:${uuidOf(form, 'credential')}`, [EDIT_ACTIONS[field]]])
      saved[t(LABELS[field])] = fieldText(field, fault.stored, t)
      yours[t(LABELS[field])] = fieldText(field, textOf(form, field), t)
      was[`was.${field}`] = fault.stored
    } else errors[field] = editFaultText(fault, field, caller)
  }
  if (Object.keys(errors).length > 0) return refused([...new Set(Object.values(errors))].join(' '), { errors, typed })
  // A person who has read of another one's change may save over it, but over no change that this form did not show.
  return refusedOver(caller, { saves, saved, yours, typed: { ...typed, ...was } })
}

/** Gives several credentials the same owners. One that is gone is left out, and so is one whose owners the person has not seen. */
export const assignOwnersAction = write('credentials.assign-owners', async (caller, form) => {
  const { credentials } = services()
  const text = textOf(form, 'owners')
  const ids = chosenIds(textOf(form, 'credentials').split(','))
  const typed = typedIn(form, ['owners', ...ids.map(seenOwnersField)])
  const owners = parseOwners(text)
  if (!owners.ok) {
    const message = fieldError(owners.error, 'owners', caller)
    return refused(message, { errors: { owners: message }, typed })
  }
  let count = 0
  const act = async (isRepeated: boolean) => {
    const replaced = new Map<string, string>()
    for (const credentialId of ids) {
      const changes = [{ field: 'owners' as const, text, was: textOf(form, seenOwnersField(credentialId)) }]
      const edited = await credentials.edit(caller, { credentialId, changes, isRepeated })
      if (edited.ok) count += 1
      else if (edited.error.owners?.kind === 'replaced') replaced.set(credentialId, edited.error.owners.stored)
    }
    if (replaced.size === 0)
      return count > 0 ? ok(null) : fail(refused(editFaultText({ kind: 'not-found' }, 'owners', caller)))
    for (const [id, stored] of replaced) typed[seenOwnersField(id)] = stored
    const saved = await namedOf(replaced)
    const also = count > 0 ? textsFor(caller)('done.assigned', { count }) : ''
    const saves = [...replaced.keys()].map((id): DoneBefore => [`credential:${id}`, [EDIT_ACTIONS.owners]])
    const yours = recordOf(Object.keys(saved), () => text)
    return fail(await refusedOver(caller, { saves, saved, yours, typed, also }))
  }
  const assigned = await changeOnce(caller, 'credential.owners', form, act, (message) => refused(message, { typed }))
  return assigned.ok ? leadToPage(CREDENTIALS_PATH, { done: 'assigned', count: String(count) }) : assigned.error
})

async function namedOf(stored: ReadonlyMap<string, string>) {
  const rows = credentialRowsOf(await services().credentials.slots())
  return Object.fromEntries(
    rows.flatMap(({ view }) => {
      const text = stored.get(view.id)
      return text === undefined ? [] : [[view.mailServer.name, text]]
    }),
  )
}

/** Does as much as is possible at once; the worker does the rest, and the page shows each step. */
export const rotateNowAction = confirmedWrite('credentials.rotate', async (caller, form) => {
  const outcome = await once(caller, 'rotation.start', form, () => rotate(caller, form), refusedWith)
  if (outcome.ok) return leadTo(outcome.value.done ?? 'rotating', credentialPath(uuidOf(form, 'mailServer')), form)
  showEverywhere()
  return outcome.error
})

async function rotate(caller: OperatorCaller, form: FormData): Promise<Result<{ done?: Done }, Outcome>> {
  const t = textsFor(caller)
  const objectId = textOf(form, 'objectId')
  const rotated = await services().credentials.rotateNow(caller, { mailServerId: uuidOf(form, 'mailServer'), objectId })
  if (!rotated.ok) {
    const message = t(`graph.cannot.${rotated.error.kind}`)
    const isOfObjectId = rotated.error.kind.startsWith('object-id')
    return fail(refused(message, isOfObjectId ? { errors: { objectId: message }, typed: { objectId } } : {}))
  }
  const { value: rotation } = rotated
  if (isSuccess(rotation)) return ok({ done: 'rotated' })
  if (rotation.endedAt === null) return ok({ done: 'rotating' })
  const message = rotation.fault ? reasonText(rotation.fault, rotation, t) : stepText(rotation, t)
  const { credentials } = services()
  const purpose = FIXED_BY[rotation.fault?.code ?? '']
  // Where the right is missing, the form has the commands already.
  const isShown = purpose && (await credentials.renewalRight(rotation.mailServerId)) === 'missing'
  const commands = purpose && !isShown && (await credentials.graphCommands(rotation.mailServerId, purpose))
  return fail(refused(message, { ...(commands && { commands }) }))
}

const isSuccess = ({ step, fault }: Rotation): boolean =>
  fault === null && (step === 'current' || step === 'removing' || step === 'done')

/** What an administrator runs first after such a fault. */
const FIXED_BY: Partial<Record<string, GraphPurpose>> = {
  'not-permitted': 'Application.ReadWrite.OwnedBy',
  'object-id-needed': 'object-id',
  'proof-refused': 'object-id',
}

export const rotateAheadAction = confirmedWrite('credentials.rotate-ahead', async (caller, form) => {
  const t = textsFor(caller)
  const text = textOf(form, 'rotateDaysBefore').trim()
  const invalid = () => refusedField('rotateDaysBefore', t('graph.ahead.invalid', { max: ROTATE_DAYS_MAX }), form)
  if (!/^\d{0,3}$/.test(text)) return invalid()
  const { credentials } = services()
  const rotateDaysBefore = text === '' ? null : Number(text)
  const saved = await credentials.saveWatch(caller, { rotateDaysBefore, version: versionOf(form) })
  if (!saved.ok && saved.error.kind === 'invalid') return invalid()
  showEverywhere()
  if (!saved.ok) {
    const label = t('graph.ahead.label')
    const { rotateDaysBefore: days, rotateVersion } = await credentials.watch()
    return refusedOver(caller, {
      saves: [['watch:credentials', ['watch.change'], 'rotateDaysBefore']],
      saved: { [label]: String(days ?? '') },
      yours: { [label]: text },
      typed: { rotateDaysBefore: text, version: String(rotateVersion) },
    })
  }
  return succeeded(t(text === '' ? 'graph.ahead.off' : 'graph.ahead.on', { days: Number(text) }))
})

function faultOf(fault: DiscoverFault, t: Translator<'credentials'>): Outcome {
  switch (fault.kind) {
    case 'not-permitted':
      return refused(t('find.notPermitted'), { commands: fault.commands })
    case 'no-token':
      return refused(t('find.noToken', { title: faultTitle(fault.diagnosis.code, t.locale) }))
    case 'no-server':
    case 'not-entra':
    case 'no-credential':
      return refused(t(`fault.${fault.kind}`))
    default:
      return refused(t(`find.graph.${fault.kind}`))
  }
}

function linesOf({ stored, unmatched }: Discovery, views: readonly CredentialView[], t: Translator<'credentials'>) {
  const lines = stored.flatMap(({ credentialId, outcome }) => {
    const view = views.find(({ id }) => id === credentialId)
    if (!view) return []
    const credential = nameOf(view, t)
    if (outcome.kind !== 'found') return t(`find.${outcome.kind}`, { credential })
    const { endsAt } = outcome.credential
    return endsAt ? t('find.found', { credential, date: t.date(endsAt) }) : t('find.foundUndated', { credential })
  })
  return [...lines, t('find.others', { count: unmatched.length })]
}
