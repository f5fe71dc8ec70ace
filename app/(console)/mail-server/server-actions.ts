'use server'

import { revalidatePath } from 'next/cache'
import { redirect } from 'next/navigation'
import { backTo, type FormActionOptions, formAction, plain } from '@/app/_server/form-action'
import { complaintText } from '@/lib/kernel/complaint'
import { wordsFor } from '@/lib/kernel/words'
import { wiring } from '@/lib/wiring'
import { SERVERS_PATH, serverPath } from './list-page'
import type { NameState } from './name-state'
import { backupIn, serverIn, typedName } from './server-data'

const refused: FormActionOptions<NameState>['refused'] = (message, form) => ({ message, typed: typedName(form) })

/** The state of mail and the names stand on many pages. */
const showEverywhere = (): void => revalidatePath('/', 'layout')

export const addServerAction = formAction<NameState>({
  name: 'mail-server.add',
  permission: 'mail-server:write',
  refused,
  async run(caller, form) {
    const typed = typedName(form)
    const added = await wiring().mailServers.add(caller, typed)
    const words = wordsFor(caller.locale, 'validation')
    if (!added.ok) {
      const { error } = added
      const complaint = error.kind === 'name' ? error.complaint : { key: 'server.tooMany', params: { max: error.max } }
      return { message: complaintText(words, complaint), typed }
    }
    showEverywhere()
    redirect(serverPath(added.value.id))
  },
})

export const renameServerAction = formAction<NameState>({
  name: 'mail-server.rename',
  permission: 'mail-server:write',
  refused,
  async run(caller, form) {
    const [id, typed] = [serverIn(form), typedName(form)]
    const renamed = await wiring().mailServers.rename(caller, { id, name: typed })
    const words = wordsFor(caller.locale, 'validation')
    if (!renamed.ok && renamed.error.kind === 'name')
      return { message: complaintText(words, renamed.error.complaint), typed }
    showEverywhere()
    redirect(renamed.ok ? `${serverPath(id)}?told=renamed` : SERVERS_PATH)
  },
})

export const makeDefaultAction = plain(
  formAction<void>({
    name: 'mail-server.make-default',
    permission: 'mail-server:write',
    fresh: true,
    refused: (message, form, ...rest) => backTo(serverPath(serverIn(form)))(message, form, ...rest),
    async run(caller, form) {
      const id = serverIn(form)
      const made = await wiring().mailServers.makeDefault(caller, id)
      showEverywhere()
      redirect(`${serverPath(id)}?told=${made.ok ? 'default' : made.error.kind}`)
    },
  }),
)

export const setBackupAction = plain(
  formAction<void>({
    name: 'mail-server.backup',
    permission: 'mail-server:write',
    fresh: true,
    refused: (message, form, ...rest) => backTo(serverPath(serverIn(form)))(message, form, ...rest),
    async run(caller, form) {
      const [id, backupId] = [serverIn(form), backupIn(form)]
      const set = await wiring().mailServers.setBackup(caller, { id, backupId })
      showEverywhere()
      redirect(`${serverPath(id)}?told=${set.ok ? (backupId ? 'backup' : 'no-backup') : set.error.kind}`)
    },
  }),
)

export const removeServerAction = plain(
  formAction<void>({
    name: 'mail-server.remove',
    permission: 'mail-server:write',
    fresh: true,
    refused: (message, form, ...rest) => backTo(serverPath(serverIn(form)))(message, form, ...rest),
    async run(caller, form) {
      const id = serverIn(form)
      const removed = await wiring().mailServers.remove(caller, id)
      showEverywhere()
      if (removed.ok || removed.error.kind === 'gone') redirect(`${SERVERS_PATH}?told=removed`)
      const { error } = removed
      const which = new URLSearchParams({ told: `used-${error.by}` })
      if (error.by === 'mail') which.set('count', String(error.count))
      if (error.by === 'rules' || error.by === 'servers') which.set('names', error.names.join(', '))
      redirect(`${serverPath(id)}?${which}`)
    },
  }),
)
