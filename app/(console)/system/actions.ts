'use server'

import { redirect } from 'next/navigation'
import { refused, refusedField, refusedKeeping, refusedWith, succeeded, textOf, typedIn } from '@/app/_form/outcome'
import type { OperatorCaller } from '@/app/_server/caller'
import { changeOnce } from '@/app/_server/change-once'
import { refusedOver } from '@/app/_server/conflict'
import { faultText, refusedBecause } from '@/app/_server/faults'
import { formActions, showEverywhere } from '@/app/_server/form-action'
import { once } from '@/app/_server/once'
import { backTo, leadToPage, plainActions } from '@/app/_server/plain-action'
import { getTranslations } from '@/app/_server/translations'
import { NOTICE_PATH, OPERATORS_PATH, operatorPath } from '@/app/paths'
import { OPERATOR_ACTIONS, type PeopleChange } from '@/lib/accounts/operators'
import type { KeyUnder } from '@/lib/i18n/translations'
import { fail, ok, ROLES } from '@/lib/kernel'
import { saveOrganisation } from '@/lib/operations/organisation'
import { services } from '@/lib/services'
import { validationErrorText } from '@/lib/validation/validation-error'

const SHOWN_AGAIN = ['newEmail', 'newName', 'newRole']
const FIELD_OF = {
  'email-taken': 'newEmail',
  'email-missing': 'newEmail',
  'email-invalid': 'newEmail',
  name: 'newName',
}
const roleIn = (form: FormData, name: string) => ROLES.find((role) => role === textOf(form, name)) ?? null

const write = formActions('people:write', refusedWith, { fresh: true })

const refusedAdding = refusedKeeping(SHOWN_AGAIN)
const addOperator = formActions('people:write', refusedAdding, { fresh: true })

export const addOperatorAction = addOperator('operators.add', async (caller, form) => {
  const typed = typedIn(form, SHOWN_AGAIN)
  const role = roleIn(form, 'newRole')
  if (!role) return refused((await getTranslations('people'))('fault.role-unknown'), { typed })
  const { newEmail: email = '', newName: name = '' } = typed
  const act = async () => {
    const added = await services().signIn.addOperator(caller, { email, name, role, password: null })
    return added.ok ? ok({}) : fail(await refusedBecause(added.error, FIELD_OF, typed))
  }
  const outcome = await once(caller, 'operator.create', form, act, refusedAdding)
  return outcome.ok ? redirect(NOTICE_PATH) : outcome.error
})

type DoneKey = KeyUnder<'people', 'operator.done'>

/** @param done The confirmation that the next page shows. None for a link: the notice shows it. */
async function change(caller: OperatorCaller, form: FormData, wanted: PeopleChange, done: DoneKey | null) {
  const id = textOf(form, 'operator')
  const act = async (isRepeated: boolean) => {
    const changed = await services().signIn.changeOperator(caller, id, wanted, isRepeated)
    if (changed.ok) return changed
    // The page shows what another administrator has chosen.
    if (changed.error.kind === 'role-changed' || changed.error.kind === 'access-changed') showEverywhere()
    return fail(changed.error.kind === 'not-found' ? null : refusedWith(await faultText(changed.error), form))
  }
  const changed = await changeOnce(caller, OPERATOR_ACTIONS[wanted.kind], form, act, refusedWith)
  if (!changed.ok) return changed.error ?? leadToPage(OPERATORS_PATH, { done: 'gone' satisfies DoneKey })
  if (wanted.kind === 'new-link') redirect(NOTICE_PATH)
  if (id === caller.actor.id) redirect('/') // which leads to the sign-in page, since this session has ended too
  const { mail } = changed.value
  const unnotified = mail.notified === false && (`unnotified-${mail.reason}` satisfies DoneKey)
  return leadToPage(wanted.kind === 'remove' ? OPERATORS_PATH : operatorPath(id), {
    done: unnotified ? `${done} ${unnotified}` : done,
  })
}

export const changeRoleAction = write('operators.change-role', async (caller, form) => {
  const role = roleIn(form, 'role')
  if (!role) return refused((await getTranslations('people'))('fault.role-unknown'))
  return change(caller, form, { kind: 'change-role', from: roleIn(form, 'seenRole'), role }, 'role')
})

export const setAccessAction = write('operators.set-access', (caller, form) =>
  textOf(form, 'wanted') === 'enable'
    ? change(caller, form, { kind: 'enable' }, 'enabled')
    : change(caller, form, { kind: 'disable' }, 'disabled'),
)

export const resetFactorAction = write('operators.reset-second-factor', (caller, form) =>
  change(caller, form, { kind: 'reset-second-factor' }, 'factor'),
)

export const newLinkAction = write('operators.new-link', (caller, form) =>
  change(caller, form, { kind: 'new-link' }, null),
)

export const removeAction = write('operators.remove', async (caller, form) => {
  if (textOf(form, 'confirm').trim().toLowerCase() !== textOf(form, 'email')) {
    return refusedField('confirm', (await getTranslations('people'))('fault.confirm-email'), form)
  }
  return change(caller, form, { kind: 'remove' }, 'removed')
})

const endSession = plainActions('people:write', backTo(OPERATORS_PATH), { fresh: true })

export const endSessionAction = endSession('sessions.end', async (caller, form) => {
  const hasEnded = await services().signIn.endSession(caller, textOf(form, 'session'), null)
  leadToPage(`${OPERATORS_PATH}?done=${hasEnded ? 'session' : 'session-gone'}#sessions`)
})

const writeName = formActions('system:write', refusedKeeping(['organisation']))

/** A refused name is shown again, and one that another administrator has saved in between is named. */
export const saveOrganisationAction = writeName('system.organisation', async (caller, form) => {
  const typed = typedIn(form, ['organisation'])
  const { db, clock } = services()
  const version = Number(textOf(form, 'version') || Number.NaN)
  const saved = await saveOrganisation({ db, clock }, caller, { name: form.get('organisation'), version })
  showEverywhere()
  const t = await getTranslations('people')
  if (saved.ok) return succeeded(t('system.organisationSaved'))
  const { error } = saved
  const label = t('system.organisationName')
  if (error.kind === 'changed')
    return refusedOver(caller, {
      saves: [['organisation', ['organisation.rename']]],
      saved: { [label]: error.name },
      yours: { [label]: textOf(form, 'organisation') },
      typed: { ...typed, version: String(error.version) },
    })
  const message = validationErrorText(await getTranslations('validation'), error.validationError, label)
  return refused(message, { typed, errors: { organisation: message } })
})
