'use server'

import { uuidOf } from '@/app/_form/fields'
import { type Outcome, refused, refusedKeeping, refusedWith, textOf } from '@/app/_form/outcome'
import { changeOnce } from '@/app/_server/change-once'
import { formActions } from '@/app/_server/form-action'
import { once } from '@/app/_server/once'
import { backTo, leadToPage, plainActions } from '@/app/_server/plain-action'
import { MAIL_SERVERS_PATH, mailServerPath } from '@/app/paths'
import { type Locale, translatorFor } from '@/lib/i18n/translations'
import { fail } from '@/lib/kernel'
import { services } from '@/lib/services'
import { type ValidationError, validationErrorText } from '@/lib/validation/validation-error'
import { submitRestore } from '../_form/submit-restore'

/** Characters of a refused name that are shown again. */
const NAME_CHARS_SHOWN = 300

const typedName = (form: FormData): string => textOf(form, 'serverName').slice(0, NAME_CHARS_SHOWN)

/** @param current The name that another person has chosen in between. */
const refusedName = (message: string, form: FormData, current?: string): Outcome =>
  refused(message, {
    errors: { serverName: message },
    typed: { serverName: typedName(form), ...(current !== undefined && { seenName: current }) },
  })

const nameError = (error: ValidationError, locale: Locale): string =>
  validationErrorText(translatorFor(locale, 'validation'), error, translatorFor(locale, 'mail-server')('servers.name'))

const backToServer = backTo((form) => mailServerPath(uuidOf(form, 'server')))

/** The page of a mail server that another person has removed is gone too. */
const leadBack = (id: string, done: string): never =>
  leadToPage(done === 'gone' ? MAIL_SERVERS_PATH : mailServerPath(id), { done })

const write = plainActions('mail-server:write', backToServer, { fresh: true })

const writeName = formActions('mail-server:write', (message, form) => refusedName(message, form))

const refusedFailover = refusedKeeping(['backup'])
const writeFailover = formActions('mail-server:write', refusedFailover, { fresh: true })

const restore = formActions('mail-server:write', refusedWith, { fresh: true })

export const restoreAction = restore('mail-server.restore', async (caller, form) => {
  const restored = await submitRestore(caller, form)
  if (!restored.ok) return restored.error
  return leadToPage(mailServerPath(uuidOf(form, 'server')), { done: 'restored', count: `${restored.value.version}` })
})

export const addServerAction = writeName('mail-server.add', async (caller, form) => {
  const act = async () => {
    const added = await services().mailServers.add(caller, typedName(form))
    if (added.ok) return added
    const message =
      added.error.kind === 'name'
        ? nameError(added.error.validationError, caller.locale)
        : translatorFor(caller.locale, 'validation')('refused.tooManyServers', { max: added.error.max })
    return fail(refusedName(message, form))
  }
  const outcome = await once(caller, 'mail-server.add', form, act, (message) => refusedName(message, form))
  if (!outcome.ok) return outcome.error
  return leadToPage(mailServerPath(outcome.value.id))
})

export const renameServerAction = writeName('mail-server.rename', async (caller, form) => {
  const id = uuidOf(form, 'server')
  const act = (isRepeated: boolean) => {
    const from = isRepeated ? undefined : textOf(form, 'seenName')
    return services().mailServers.rename(caller, { id, from, name: typedName(form) })
  }
  const renamed = await changeOnce(caller, 'mail-server.rename', form, act, (message) => refusedName(message, form))
  if (renamed.ok) return leadBack(id, 'renamed')
  if (renamed.error.kind === 'gone') return leadBack(id, 'gone')
  if (renamed.error.kind !== 'name') return renamed.error
  const { validationError } = renamed.error
  // The page is not read again, because that would close the dialog.
  return refusedName(nameError(validationError, caller.locale), form, validationError.params?.name?.toString())
})

export const makeDefaultAction = write('mail-server.make-default', async (caller, form) => {
  const id = uuidOf(form, 'server')
  const act = (isRepeated: boolean) => services().mailServers.makeDefault(caller, id, isRepeated)
  const written = await changeOnce(caller, 'mail-server.make-default', form, act, backToServer)
  leadBack(id, written.ok ? 'default' : written.error.kind)
})

export const setFailoverAction = writeFailover('mail-server.backup', async (caller, form) => {
  const id = uuidOf(form, 'server')
  const chosen = (name: string) => (form.get(name) === '' ? null : uuidOf(form, name))
  const failoverId = chosen('backup')
  const act = (isRepeated: boolean) => {
    const from = isRepeated ? undefined : chosen('seenBackup')
    return services().mailServers.setFailover(caller, { id, from, failoverId })
  }
  const set = await changeOnce(caller, 'mail-server.backup', form, act, refusedFailover)
  if (!set.ok && set.error.kind === 'refused') return set.error
  const done = failoverId ? 'backup' : 'no-backup'
  return leadBack(id, set.ok ? done : set.error.kind)
})

export const removeServerAction = write('mail-server.remove', async (caller, form) => {
  const id = uuidOf(form, 'server')
  const removed = await services().mailServers.remove(caller, id)
  if (removed.ok) return leadToPage(MAIL_SERVERS_PATH, { done: 'removed' })
  const { error } = removed
  return leadToPage(mailServerPath(id), {
    done: `used-${error.by}`,
    ...(error.by === 'mail' && { count: String(error.count) }),
    ...((error.by === 'rules' || error.by === 'servers') && { names: error.names.join(', ') }),
  })
})
