'use server'

import { redirect } from 'next/navigation'
import { type Outcome, refused, succeeded, textOf } from '@/app/_form/outcome'
import type { OperatorCaller } from '@/app/_server/caller'
import { changeOnce } from '@/app/_server/change-once'
import { refusedOver } from '@/app/_server/conflict'
import { formActions, type Refused, showEverywhere } from '@/app/_server/form-action'
import { once } from '@/app/_server/once'
import { backTo, leadToPage, plainActions } from '@/app/_server/plain-action'
import { BASIC_AUTH_PATH, CLIENTS_PATH, clientPath, LEARNING_PATH, NOTICE_PATH, withQuery } from '@/app/paths'
import type { Done as DoneBefore } from '@/lib/audit'
import type { Keep } from '@/lib/db'
import { translatorFor } from '@/lib/i18n/translations'
import { fail, ok, type Result } from '@/lib/kernel'
import { services } from '@/lib/services'
import { type ClientErrors, parseClient } from '@/lib/submission/client'
import type { Added } from '@/lib/submission/clients'
import { validationTexts } from '@/lib/validation/validation-error'
import { clientIdIn, fieldsIn, fieldsOf, mergeSaved, typedIn, wasOf, wayIn } from './_form/form-data'

type Done = 'disabled' | 'enabled' | 'removed' | 'gone' | 'access-changed' | 'secret-changed'

const leadTo = (path: string, done: Done): never => leadToPage(path, { done })

const refusedForm: Refused<Outcome> = (message, form, _, confirm) => refused(message, { confirm, typed: typedIn(form) })

const wrongForm = (errors: ClientErrors, form: FormData, { locale }: OperatorCaller) =>
  refused(translatorFor(locale, 'clients')('form.errors'), {
    errors: validationTexts(translatorFor(locale, 'validation'), errors),
    typed: typedIn(form),
  })

const backToClient = backTo((form) => clientPath(clientIdIn(form)))
const confirmedWrite = plainActions('clients:write', backToClient, { fresh: true })

/** The secret is shown once, on the page for one-time notices. It is in no action's state and in no browser history. */
const keepSecret =
  (caller: OperatorCaller, name: string): Keep<Added> =>
  async (tx, { id, login, secret }) => {
    if (!secret) return
    const notice = { clientId: id, name, login, secret: secret.reveal() }
    await services().signIn.keepNotice(tx, caller.actor.id, { kind: 'client-secret', ...notice })
  }

const wayOf = (form: FormData) => wayIn(form.get('way')) ?? 'login'

const add = formActions('clients:write', refusedForm, {
  // A form with errors adds nothing, so that its errors come before the question for the password.
  fresh: async (form) => parseClient(fieldsIn(form), wayOf(form), services().clock.now()).ok,
})

export const addClientAction = add('clients.add', async (caller, form) => {
  const t = translatorFor(caller.locale, 'clients')
  const [fields, way, address] = [fieldsIn(form), wayOf(form), textOf(form, 'moving')]
  const act = async () => {
    const { clients, basicAuth } = services().submission
    let done = 'added'
    const added = await clients.add(caller, way, fields, async (tx, client) => {
      await keepSecret(caller, fields.name.trim())(tx, client)
      if (address === '') return
      const linked = await basicAuth.linkIn(tx, caller, { address, from: null, clientId: client.id })
      if (!linked.ok) done = 'added-only'
    })
    if (!added.ok) return fail(wrongForm(added.error, form, caller))
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
  if (address) return leadToPage(BASIC_AUTH_PATH, { done })
  return leadToPage(learning ? LEARNING_PATH : clientPath(id), { done })
})

const change = formActions('clients:write', refusedForm, { fresh: true })

/** No client has this version: the change is refused and recorded. */
const REPLACED = -1

/** What was not changed in the form is left alone. */
export const changeClientAction = change('clients.change', async (caller, form) => {
  const t = translatorFor(caller.locale, 'clients')
  const { clients } = services().submission
  const id = clientIdIn(form)
  const act = async (isRepeated: boolean): Promise<Result<{ changed: string[] }, Outcome | null>> => {
    const stored = await clients.read(id)
    if (!stored) return fail(null)
    const { fields, replaced, ...texts } = mergeSaved(form, fieldsOf(stored), t, isRepeated)
    const isReplaced = Object.keys(replaced).length > 0
    const changed = await clients.change(caller, { id, version: isReplaced ? REPLACED : stored.version }, fields)
    if (changed.ok) return changed
    if (changed.error.kind === 'missing') return fail(null)
    if (changed.error.kind === 'errors') return fail(wrongForm(changed.error.errors, form, caller))
    const save: DoneBefore = [`client:${id}`, ['client.change', 'client.reset-secret']]
    return fail(await refusedOver(caller, { saves: [save], ...texts, typed: { ...typedIn(form), ...wasOf(replaced) } }))
  }
  const changed = await changeOnce(caller, 'client.change', form, act, refusedForm)
  if (!changed.ok) return changed.error ?? leadTo(CLIENTS_PATH, 'gone')
  showEverywhere()
  return succeeded(t(changed.value.changed.length > 0 ? 'form.changed' : 'form.unchanged'))
})

const isOn = (form: FormData): boolean => form.get('wanted') === 'on'

const setAccess = plainActions('clients:write', backToClient, {
  // To disable one must be possible at once.
  fresh: async (form) => isOn(form),
})

export const setClientAccessAction = setAccess('clients.set-access', async (caller, form) => {
  const { clients } = services().submission
  const id = clientIdIn(form)
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
  const id = clientIdIn(form)
  const act = async (): Promise<Result<object, 'gone' | 'secret-changed'>> => {
    const client = await clients.read(id)
    if (!client) return fail('gone')
    const { name, secretAt } = client
    const isSeen = (secretAt?.toISOString() ?? '') === textOf(form, 'secretAt')
    const reset = isSeen && (await clients.resetSecret(caller, id, { secretAt, keep: keepSecret(caller, name) }))
    return reset ? ok({}) : fail('secret-changed')
  }
  const outcome = await once(caller, 'client.reset-secret', form, act, backToClient)
  if (outcome.ok) redirect(NOTICE_PATH)
  return leadTo(outcome.error === 'gone' ? CLIENTS_PATH : clientPath(id), outcome.error)
})

export const removeClientAction = confirmedWrite('clients.remove', async (caller, form) => {
  const isRemoved = await services().submission.clients.remove(caller, clientIdIn(form))
  return leadTo(CLIENTS_PATH, isRemoved ? 'removed' : 'gone')
})
