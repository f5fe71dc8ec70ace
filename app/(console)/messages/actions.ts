'use server'

import { redirect } from 'next/navigation'
import { plainActions } from '@/app/_server/actions'
import type { Refused } from '@/app/_server/form-action'
import { mailServerPath, withQuery } from '@/app/paths'
import { isUuid } from '@/lib/kernel'
import { services } from '@/lib/services'
import { backHref, chosenIn, doneBy, FROM_SERVER } from './query'

function back(form: FormData, flash: Record<string, string>): never {
  const server = form.get('back') === FROM_SERVER ? serverIn(form) : null
  if (server !== null) redirect(withQuery(mailServerPath(server), flash))
  redirect(backHref(form.get('back'), flash, services().clock.now()))
}

const refused: Refused<void> = (_, form, reason) => back(form, { refused: reason })

const isChange = (text: unknown): text is keyof typeof CHANGES =>
  typeof text === 'string' && Object.hasOwn(CHANGES, text)

/** The operation of the outbox by the value of its button. */
const CHANGES = {
  hold: 'hold',
  release: 'release',
  'try-now': 'retryNow',
  resend: 'resend',
  dismiss: 'dismiss',
  cancel: 'cancel',
} as const

/** The mail server to pause or resume, or null if the form names none. */
function serverIn(form: FormData): string | null {
  const id = form.get('server')
  return isUuid(id) ? id : null
}

const writeServer = plainActions('mail-server:write', refused)

const act = plainActions('messages:act', refused)

/** Holds, releases, retries, resends, dismisses or cancels messages. */
export const changeAction = act('messages.change', async (caller, form) => {
  const to = form.get('to')
  const change = isChange(to) ? to : null
  const { outbox, clock } = services()
  const count = change === null ? 0 : await outbox[CHANGES[change]](caller, chosenIn(form, clock.now()))
  back(form, { done: doneBy(change, count), count: String(count) })
})

export const pauseAction = writeServer('messages.pause', async (caller, form) => {
  const id = serverIn(form)
  const done = id !== null && (await services().outbox.pauseServer(caller, id))
  back(form, { done: done ? 'paused' : 'unchanged' })
})

export const resumeAction = writeServer('messages.resume', async (caller, form) => {
  const id = serverIn(form)
  const done = id !== null && (await services().outbox.resumeServer(caller, id))
  back(form, { done: done ? 'resumed' : 'unchanged' })
})
