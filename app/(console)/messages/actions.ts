'use server'

import { redirect } from 'next/navigation'
import type { OperatorCaller } from '@/app/_server/caller'
import { type FormActionOptions, formAction, plain } from '@/app/_server/form-action'
import { isUuid } from '@/lib/kernel/ids'
import { services } from '@/lib/services'
import { backHref } from './query'

/** A page of the list has fewer checkboxes, so a form with more was not filled in by a person. */
const CHOSEN_MAX = 100

const back = (form: FormData, flash: Record<string, string>): never => redirect(backHref(form.get('back'), flash))

const refused: FormActionOptions<void>['refused'] = (_, form, reason) => back(form, { refused: reason })

const isChange = (text: unknown): text is keyof typeof CHANGES =>
  typeof text === 'string' && Object.hasOwn(CHANGES, text)

/** The changes by the value of their button: of the chosen messages, or of all messages in a state. */
const CHANGES = {
  hold: (caller, ids) => services().outbox.hold(caller, { ids }),
  release: (caller, ids) => services().outbox.release(caller, { ids }),
  'try-now': (caller, ids) => services().outbox.retryNow(caller, { ids }),
  resend: (caller, ids) => services().outbox.resend(caller, { ids }),
  cancel: (caller, ids) => services().outbox.cancel(caller, { ids }),
  'resend-failed': (caller) => services().outbox.resend(caller, { state: 'failed' }),
  'try-waiting': (caller) => services().outbox.retryNow(caller, { state: 'queued' }),
  'release-held': (caller) => services().outbox.release(caller, { state: 'held' }),
} satisfies Record<string, (caller: OperatorCaller, ids: readonly string[]) => Promise<number>>

/** The mail server to pause or resume, or null if the form names none. */
function serverIn(form: FormData): string | null {
  const id = form.get('server')
  return isUuid(id) ? id : null
}

/** Holds, releases, retries, resends or cancels messages. */
export const changeAction = plain(
  formAction<void>({
    name: 'messages.change',
    permission: 'messages:act',
    refused,
    async run(caller, form) {
      const to = form.get('to')
      const change = isChange(to) ? to : null
      const ids = form.getAll('id').filter(isUuid).slice(0, CHOSEN_MAX)
      const count = change === null ? 0 : await CHANGES[change](caller, ids)
      back(form, count === 0 || change === null ? { done: 'none' } : { done: change, count: String(count) })
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
      back(form, { done: done ? 'paused' : 'unchanged' })
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
      back(form, { done: done ? 'resumed' : 'unchanged' })
    },
  }),
)
