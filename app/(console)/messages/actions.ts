'use server'

import { redirect } from 'next/navigation'
import type { OperatorCaller } from '@/app/_server/caller'
import { type FormActionOptions, formAction, plain } from '@/app/_server/form-action'
import { isUuid } from '@/lib/kernel/ids'
import { services } from '@/lib/services'
import { backHref } from './query'

/** More boxes than a page of the list has were not ticked by a person. */
const CHOSEN_MAX = 100

const back = (form: FormData, told: Record<string, string>): never => redirect(backHref(form.get('back'), told))

const refused: FormActionOptions<void>['refused'] = (_, form, reason) => back(form, { refused: reason })

const isChange = (text: unknown): text is keyof typeof CHANGES =>
  typeof text === 'string' && Object.hasOwn(CHANGES, text)

/** What the buttons ask, by their value: for the chosen messages, or for all that are in a state. */
const CHANGES = {
  hold: (caller, ids) => services().outbox.hold(caller, { ids }),
  release: (caller, ids) => services().outbox.release(caller, { ids }),
  'try-now': (caller, ids) => services().outbox.tryNow(caller, { ids }),
  resend: (caller, ids) => services().outbox.resend(caller, { ids }),
  cancel: (caller, ids) => services().outbox.cancel(caller, { ids }),
  'resend-failed': (caller) => services().outbox.resend(caller, { state: 'failed' }),
  'try-waiting': (caller) => services().outbox.tryNow(caller, { state: 'queued' }),
  'release-held': (caller) => services().outbox.release(caller, { state: 'held' }),
} satisfies Record<string, (caller: OperatorCaller, ids: readonly string[]) => Promise<number>>

/** Which mail server is paused or goes on; null: the form names none. Message ids look the same. */
function serverIn(form: FormData): string | null {
  const id = form.get('server')
  return isUuid(id) ? id : null
}

/** Holds, releases, tries at once, sends again or cancels messages. */
export const changeAction = plain(
  formAction<void>({
    name: 'messages.change',
    permission: 'messages:act',
    refused,
    async run(caller, form) {
      const asked = form.get('to')
      const change = isChange(asked) ? asked : null
      const ids = form.getAll('id').filter(isUuid).slice(0, CHOSEN_MAX)
      const count = change === null ? 0 : await CHANGES[change](caller, ids)
      back(form, count === 0 || change === null ? { told: 'none' } : { told: change, count: String(count) })
    },
  }),
)

export const pauseAction = plain(
  formAction<void>({
    name: 'messages.pause',
    permission: 'mail-server:write',
    refused,
    async run(caller, form) {
      const id = serverIn(form)
      const done = id !== null && (await services().outbox.pauseServer(caller, id))
      back(form, { told: done ? 'paused' : 'unchanged' })
    },
  }),
)

export const resumeAction = plain(
  formAction<void>({
    name: 'messages.resume',
    permission: 'mail-server:write',
    refused,
    async run(caller, form) {
      const id = serverIn(form)
      const done = id !== null && (await services().outbox.resumeServer(caller, id))
      back(form, { told: done ? 'resumed' : 'unchanged' })
    },
  }),
)
