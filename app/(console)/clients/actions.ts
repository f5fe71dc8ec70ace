'use server'

import { redirect } from 'next/navigation'
import { textOf } from '@/app/_form/outcome'
import { backTo, leadToPage, plainActions } from '@/app/_server/actions'
import type { OperatorCaller } from '@/app/_server/caller'
import { changeOnce } from '@/app/_server/change-once'
import { formActions, type Refused, showEverywhere } from '@/app/_server/form-action'
import { once } from '@/app/_server/once'
import { BASIC_AUTH_PATH, CLIENTS_PATH, clientPath, LEARNING_PATH, NOTICE_PATH, withQuery } from '@/app/paths'
import type { Confirmation } from '@/components/confirm-fields'
import type { Keep } from '@/lib/db'
import { translatorFor } from '@/lib/i18n/translations'
import { fail, ok, type Result } from '@/lib/kernel'
import { services } from '@/lib/services'
import { type ClientFields, FIELD_NAMES, parseChange, parseClient } from '@/lib/submission/client'
import type { Added } from '@/lib/submission/clients'
import { validationTexts } from '@/lib/validation/validation-error'
import { basisIn, basisOf, clientIn, fieldsIn, fieldsOf, mergeSaved, wayIn } from './_form/form-data'

/** What the form of a client shows after it was sent. It travels in clear text; no field is a secret. */
export type ClientFormState =
  | { kind: 'untouched' }
  | { kind: 'saved'; text: string }
  | {
      kind: 'refused'
      message: string
      /** Sentences by field, without its label. */
      errors: Partial<Record<keyof ClientFields, string>>
      typed: ClientFields
      /** Hidden fields: what the typed values are based on. */
      basis?: Record<string, string | number>
      /** Another person changed the client: what became of the fields, and those that both have changed. */
      conflict?: { lines: string[]; differences: ReturnType<typeof mergeSaved>['differences'] }
      confirm?: Confirmation | null
    }

type Done = 'disabled' | 'enabled' | 'removed' | 'gone' | 'access-changed'

const leadTo = (path: string, done: Done): never => leadToPage(path, { done })

const refusedForm: Refused<ClientFormState> = (message, form, _, confirm) => ({
  kind: 'refused',
  message,
  errors: {},
  typed: fieldsIn(form),
  confirm,
})

const backToClient = backTo((form) => clientPath(clientIn(form).id))
const confirmedWrite = plainActions('clients:write', backToClient, { fresh: true })

/** The secret is shown once, on the page for one-time notices. It is in no action's state and in no browser history. */
const keepSecret =
  (caller: OperatorCaller, name: string, { isRenewed }: { isRenewed: boolean }): Keep<Added> =>
  async (tx, { id, login, secret }) => {
    if (!secret) return
    const notice = { clientId: id, name, login, secret: secret.reveal(), isRenewed }
    await services().signIn.keepNotice(tx, caller.actor.id, { kind: 'client-secret', ...notice })
  }

const wayOf = (form: FormData) => wayIn(form.get('way')) ?? 'login'

const add = formActions<ClientFormState>('clients:write', refusedForm, {
  // A form with errors adds nothing, so that its errors come before the question for the password.
  fresh: async (form) => parseClient(fieldsIn(form), wayOf(form), services().clock.now()).ok,
})

export const addClientAction = add('clients.add', async (caller, form) => {
  const [t, validation] = [translatorFor(caller.locale, 'clients'), translatorFor(caller.locale, 'validation')]
  const [fields, way, address] = [fieldsIn(form), wayOf(form), textOf(form, 'moving')]
  const act = async () => {
    const { clients, basicAuth } = services().submission
    let done = 'added'
    const added = await clients.add(caller, way, fields, async (tx, client) => {
      await keepSecret(caller, fields.name.trim(), { isRenewed: false })(tx, client)
      if (address === '') return
      const linked = await basicAuth.linkIn(tx, caller, { address, from: null, clientId: client.id })
      if (!linked.ok) done = 'added-only'
    })
    if (!added.ok) {
      const errors = validationTexts(validation, added.error)
      return fail<ClientFormState>({ kind: 'refused', message: t('form.errors'), errors, typed: fields })
    }
    return ok({ id: added.value.id, done })
  }
  const outcome = await once(caller, 'client.add', form, act, (_, __, reason, confirm) =>
    refusedForm(t(`form.token.${reason}`), form, reason, confirm),
  )
  if (!outcome.ok) return outcome.error
  const { id, done } = outcome.value
  // From the migration list and from learning mode the way leads back to it.
  const learning = textOf(form, 'learning')
  if (way !== 'network') redirect(withQuery(NOTICE_PATH, { moved: address && done, learning }))
  return leadToPage(address ? BASIC_AUTH_PATH : learning ? LEARNING_PATH : clientPath(id), { done })
})

const change = formActions<ClientFormState>(
  'clients:write',
  (message, form, ...why) => ({ ...refusedForm(message, form, ...why), basis: basisIn(form) }),
  { fresh: true },
)

export const changeClientAction = change('clients.change', async (caller, form) => {
  const [t, validation] = [translatorFor(caller.locale, 'clients'), translatorFor(caller.locale, 'validation')]
  const { clients } = services().submission
  const [{ id, version }, typed] = [clientIn(form), fieldsIn(form)]
  const changed = await clients.change(caller, { id, version }, typed)
  if (changed.ok) {
    showEverywhere()
    return { kind: 'saved', text: t(changed.value.changed.length > 0 ? 'form.changed' : 'form.unchanged') }
  }
  if (changed.error.kind === 'missing') return leadTo(CLIENTS_PATH, 'gone')
  if (changed.error.kind === 'errors') {
    const errors = validationTexts(validation, changed.error.errors)
    return { kind: 'refused', message: t('form.errors'), errors, typed, basis: basisIn(form) }
  }
  const current = await clients.read(id)
  if (!current) return leadTo(CLIENTS_PATH, 'gone')
  const saved = fieldsOf(current)
  const { merged, updated, differences } = mergeSaved(form, saved, t)
  const checked = parseChange(current, merged, services().clock.now())
  const errors = checked.ok ? {} : validationTexts(validation, checked.error)
  const wrong = FIELD_NAMES.flatMap((name) => (errors[name] ? [`${t(`form.field.${name}`)}: ${errors[name]}`] : []))
  const lines = [
    ...(wrong.length > 0 ? [t('form.errors'), ...wrong] : []),
    ...(updated.length > 0 ? [t('form.conflictUpdated', { fields: updated.join(', ') })] : []),
    t(differences.length > 0 ? 'form.conflictBoth' : 'form.conflictNone'),
  ]
  const answer = { basis: basisOf(current.version, saved), conflict: { lines, differences } }
  return { kind: 'refused', message: t('form.conflict'), errors, typed: merged, ...answer }
})

const isOn = (form: FormData): boolean => form.get('wanted') === 'on'

const setAccess = plainActions('clients:write', backToClient, {
  // To disable one must be possible at once.
  fresh: async (form) => isOn(form),
})

export const setClientAccessAction = setAccess('clients.set-access', async (caller, form) => {
  const { clients } = services().submission
  const { id } = clientIn(form)
  const wanted = isOn(form) ? 'enable' : 'disable'
  const act = async (isRepeated: boolean): Promise<Result<null, 'gone' | 'access-changed'>> => {
    if (!isRepeated) await clients[wanted](caller, id)
    const client = await clients.read(id)
    if (!client) return fail('gone')
    return (client.disabledAt === null) === isOn(form) ? ok(null) : fail('access-changed')
  }
  const done = await changeOnce(caller, `client.${wanted}`, form, act, backToClient)
  if (done.ok) return leadTo(clientPath(id), isOn(form) ? 'enabled' : 'disabled')
  return leadTo(done.error === 'gone' ? CLIENTS_PATH : clientPath(id), done.error)
})

export const resetSecretAction = confirmedWrite('clients.reset-secret', async (caller, form) => {
  const { clients } = services().submission
  const { id } = clientIn(form)
  const act = async () => {
    const client = await clients.read(id)
    const reset =
      client && (await clients.resetSecret(caller, id, keepSecret(caller, client.name, { isRenewed: true })))
    return reset ? ok({}) : fail('gone')
  }
  const outcome = await once(caller, 'client.reset-secret', form, act, backToClient)
  return outcome.ok ? redirect(NOTICE_PATH) : leadTo(CLIENTS_PATH, 'gone')
})

export const removeClientAction = confirmedWrite('clients.remove', async (caller, form) => {
  const isRemoved = await services().submission.clients.remove(caller, clientIn(form).id)
  return leadTo(CLIENTS_PATH, isRemoved ? 'removed' : 'gone')
})
