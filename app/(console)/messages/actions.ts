'use server'

import { redirect } from 'next/navigation'
import type { OperatorCaller } from '@/app/_server/caller'
import { changeOnce } from '@/app/_server/change-once'
import type { Refused } from '@/app/_server/form-action'
import { once } from '@/app/_server/once'
import { leadToPage, plainActions } from '@/app/_server/plain-action'
import { deliveryNow, mailServers } from '@/app/_server/status'
import { MAIL_SERVERS_PATH, mailServerPath, withQuery } from '@/app/paths'
import { isUuid, ok } from '@/lib/kernel'
import { services } from '@/lib/services'
import { backHref, chosenIn, doneBy, FROM_SERVER } from './query'

function back(form: FormData, flash: Record<string, string>): never {
  const server = form.get('back') === FROM_SERVER ? serverIn(form) : null
  if (server !== null) redirect(withQuery(mailServerPath(server), flash))
  redirect(backHref(form.get('back'), flash, services().clock.now()))
}

const refused: Refused<never> = (_, form, reason) => back(form, { refused: reason })

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

function serverIn(form: FormData): string | null {
  const id = form.get('server')
  return isUuid(id) ? id : null
}

const writeServer = plainActions('mail-server:write', refused)

const act = plainActions('messages:act', refused)

export const changeAction = act('messages.change', async (caller, form) => {
  const to = form.get('to')
  const change = isChange(to) ? to : null
  if (change === null) return back(form, { done: 'none' })
  const { outbox, clock } = services()
  const act = async () => ok({ count: await outbox[CHANGES[change]](caller, chosenIn(form, clock.now())) })
  const changed = await once(caller, `message.${change}`, form, act, refused)
  const count = changed.ok ? changed.value.count : 0
  const waits = change === 'try-now' && count > 0 && (await someWaitForResume())
  back(form, { done: `${doneBy(change, count)}${waits ? ' pausedWait' : ''}`, count: String(count) })
})

/** Whether messages wait for a mail server that a person paused, and that no failover server has taken over from. */
async function someWaitForResume(): Promise<boolean> {
  const paused = (await deliveryNow()).filter(({ pause, failover }) => pause?.code === null && failover === null)
  return (await services().outbox.waitingAt(paused.map(({ mailServerId }) => mailServerId))).count > 0
}

export const pauseAction = writeServer('messages.pause', (caller, form) => changeDelivery(caller, form, 'pause'))

export const resumeAction = writeServer('messages.resume', (caller, form) => changeDelivery(caller, form, 'resume'))

async function changeDelivery(caller: OperatorCaller, form: FormData, to: 'pause' | 'resume'): Promise<never> {
  const id = serverIn(form)
  if (id === null) return back(form, { done: 'unchanged' })
  const act = async (isRepeated: boolean) => {
    if (!isRepeated) return ok(await services().outbox[`${to}Server`](caller, id))
    const server = (await mailServers()).find((each) => each.id === id)
    return ok(server !== undefined && (server.pause !== null) === (to === 'pause'))
  }
  const done = await changeOnce(caller, `mail-server.${to}`, form, act, refused)
  if (done.ok && done.value) return back(form, { done: `${to}d` })
  if ((await mailServers()).some((each) => each.id === id)) return back(form, { done: 'unchanged' })
  return leadToPage(MAIL_SERVERS_PATH, { done: 'gone' })
}
