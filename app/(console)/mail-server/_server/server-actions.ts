'use server'

import { revalidatePath } from 'next/cache'
import { redirect } from 'next/navigation'
import { backTo, type FormActionOptions, formAction, plainAction } from '@/app/_server/form-action'
import { MAIL_SERVERS_PATH, mailServerPath } from '@/app/paths'
import type { Locale } from '@/lib/i18n/locale'
import { translatorFor } from '@/lib/i18n/translations'
import { services } from '@/lib/services'
import { type ValidationError, validationErrorText } from '@/lib/validation/validation-error'
import type { NameState } from './name-state'
import { failoverIn, serverIn, typedName } from './server-data'

const refused: FormActionOptions<NameState>['refused'] = (message, form) => ({ message, typed: typedName(form) })

const nameError = (error: ValidationError, locale: Locale): string =>
  validationErrorText(translatorFor(locale, 'validation'), error, translatorFor(locale, 'mail-server')('servers.name'))

const backToServer = backTo((form) => mailServerPath(serverIn(form)))

/** Many pages show states and names of mail servers. */
const showEverywhere = (): void => revalidatePath('/', 'layout')

export const addServerAction = formAction<NameState>({
  name: 'mail-server.add',
  permission: 'mail-server:write',
  refused,
  async run(caller, form) {
    const typed = typedName(form)
    const added = await services().mailServers.add(caller, typed)
    if (!added.ok) {
      const { error } = added
      const message =
        error.kind === 'name'
          ? nameError(error.validationError, caller.locale)
          : translatorFor(caller.locale, 'validation')('refused.tooManyServers', { max: error.max })
      return { message, typed }
    }
    showEverywhere()
    redirect(mailServerPath(added.value.id))
  },
})

export const renameServerAction = formAction<NameState>({
  name: 'mail-server.rename',
  permission: 'mail-server:write',
  refused,
  async run(caller, form) {
    const [id, typed] = [serverIn(form), typedName(form)]
    const renamed = await services().mailServers.rename(caller, { id, name: typed })
    if (!renamed.ok && renamed.error.kind === 'name')
      return { message: nameError(renamed.error.validationError, caller.locale), typed }
    showEverywhere()
    redirect(renamed.ok ? `${mailServerPath(id)}?done=renamed` : MAIL_SERVERS_PATH)
  },
})

export const makeDefaultAction = plainAction({
  name: 'mail-server.make-default',
  permission: 'mail-server:write',
  fresh: true,
  refused: backToServer,
  async run(caller, form) {
    const id = serverIn(form)
    const written = await services().mailServers.makeDefault(caller, id)
    showEverywhere()
    redirect(`${mailServerPath(id)}?done=${written.ok ? 'default' : written.error.kind}`)
  },
})

export const setFailoverAction = plainAction({
  name: 'mail-server.backup',
  permission: 'mail-server:write',
  fresh: true,
  refused: backToServer,
  async run(caller, form) {
    const [id, failoverId] = [serverIn(form), failoverIn(form)]
    const set = await services().mailServers.setFailover(caller, { id, failoverId })
    showEverywhere()
    redirect(`${mailServerPath(id)}?done=${set.ok ? (failoverId ? 'backup' : 'no-backup') : set.error.kind}`)
  },
})

export const removeServerAction = plainAction({
  name: 'mail-server.remove',
  permission: 'mail-server:write',
  fresh: true,
  refused: backToServer,
  async run(caller, form) {
    const id = serverIn(form)
    const removed = await services().mailServers.remove(caller, id)
    showEverywhere()
    if (removed.ok || removed.error.kind === 'gone') redirect(`${MAIL_SERVERS_PATH}?done=removed`)
    const { error } = removed
    const which = new URLSearchParams({ done: `used-${error.by}` })
    if (error.by === 'mail') which.set('count', String(error.count))
    if (error.by === 'rules' || error.by === 'servers') which.set('names', error.names.join(', '))
    redirect(`${mailServerPath(id)}?${which}`)
  },
})
