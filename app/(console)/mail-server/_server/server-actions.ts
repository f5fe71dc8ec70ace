'use server'

import { uuidOf } from '@/app/_form/fields'
import { textOf } from '@/app/_form/outcome'
import { backTo, leadToPage, plainActions } from '@/app/_server/actions'
import { type FormActionOptions, formAction } from '@/app/_server/form-action'
import { MAIL_SERVERS_PATH, mailServerPath } from '@/app/paths'
import type { Locale } from '@/lib/i18n/locale'
import { translatorFor } from '@/lib/i18n/translations'
import { services } from '@/lib/services'
import { type ValidationError, validationErrorText } from '@/lib/validation/validation-error'

/** The answer to a submitted name: none yet, or why it was refused. */
export interface NameState {
  message: string | null
  /** The submitted name, to show it again; null for the saved one. */
  typed: string | null
  /** The name that another person has chosen in between. */
  current?: string
}

/** Characters of a refused name that are shown again. */
const NAME_CHARS_SHOWN = 300

const typedName = (form: FormData): string => textOf(form, 'serverName').slice(0, NAME_CHARS_SHOWN)

const refused: FormActionOptions<NameState>['refused'] = (message, form) => ({ message, typed: typedName(form) })

const nameError = (error: ValidationError, locale: Locale): string =>
  validationErrorText(translatorFor(locale, 'validation'), error, translatorFor(locale, 'mail-server')('servers.name'))

const backToServer = backTo((form) => mailServerPath(uuidOf(form, 'server')))

const write = plainActions({ permission: 'mail-server:write', fresh: true, refused: backToServer })

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
    return leadToPage(mailServerPath(added.value.id))
  },
})

export const renameServerAction = formAction<NameState>({
  name: 'mail-server.rename',
  permission: 'mail-server:write',
  refused,
  async run(caller, form) {
    const [id, typed] = [uuidOf(form, 'server'), typedName(form)]
    const renamed = await services().mailServers.rename(caller, { id, from: textOf(form, 'seenName'), name: typed })
    if (!renamed.ok && renamed.error.kind === 'name') {
      const { validationError } = renamed.error
      // The page is not read again, because that would close the dialog.
      return {
        message: nameError(validationError, caller.locale),
        typed,
        current: validationError.params?.name?.toString(),
      }
    }
    return renamed.ok ? leadToPage(mailServerPath(id), { done: 'renamed' }) : leadToPage(MAIL_SERVERS_PATH)
  },
})

export const makeDefaultAction = write('mail-server.make-default', async (caller, form) => {
  const id = uuidOf(form, 'server')
  const written = await services().mailServers.makeDefault(caller, id)
  leadToPage(mailServerPath(id), { done: written.ok ? 'default' : written.error.kind })
})

export const setFailoverAction = write('mail-server.backup', async (caller, form) => {
  const [id, failoverId] = [uuidOf(form, 'server'), form.get('backup') === '' ? null : uuidOf(form, 'backup')]
  const set = await services().mailServers.setFailover(caller, { id, failoverId })
  leadToPage(mailServerPath(id), { done: set.ok ? (failoverId ? 'backup' : 'no-backup') : set.error.kind })
})

export const removeServerAction = write('mail-server.remove', async (caller, form) => {
  const id = uuidOf(form, 'server')
  const removed = await services().mailServers.remove(caller, id)
  if (removed.ok || removed.error.kind === 'gone') return leadToPage(MAIL_SERVERS_PATH, { done: 'removed' })
  const { error } = removed
  return leadToPage(mailServerPath(id), {
    done: `used-${error.by}`,
    ...(error.by === 'mail' && { count: String(error.count) }),
    ...((error.by === 'rules' || error.by === 'servers') && { names: error.names.join(', ') }),
  })
})
