'use server'

import { redirect } from 'next/navigation'
import { uuidOf } from '@/app/_form/fields'
import { changeOnce } from '@/app/_server/change-once'
import { formActions, type Refused, showEverywhere } from '@/app/_server/form-action'
import { once } from '@/app/_server/once'
import { leadToPage, plainActions } from '@/app/_server/plain-action'
import { senderPath, sendersPath } from '@/app/paths'
import { fail, ok, type Result } from '@/lib/kernel'
import { services } from '@/lib/services'
import { finishedOf } from '../_connection-test/run-test'
import { addFaultTexts, addressesIn, addressIn, refusedAddresses, serverInAddress, testToIn, wayIn } from './form-data'
import { submitVerify, type VerifyState } from './submit-verify'

const backTo =
  (sender: Parameters<typeof senderPath>[0]): Refused<never> =>
  (_, __, refused) =>
    redirect(senderPath(sender, { refused }))

const backToSender: Refused<void> = async (message, form, ...why) =>
  backTo({ server: await serverInAddress(form), address: addressIn(form) })(message, form, ...why)

const write = plainActions('mail-server:write', backToSender)

const add = formActions('mail-server:write', (message, form) => refusedAddresses(message, form))

export const addSendersAction = add('senders.add', async (caller, form) => {
  const wish = { server: uuidOf(form, 'server'), typed: addressesIn(form), way: wayIn(form, 'way') }
  const act = async () => {
    const done = await services().senders.add(caller, wish)
    if (!done.ok) return fail(refusedAddresses(addFaultTexts(done.error, caller.locale).join('\n'), form))
    // As the audit entry names it.
    return ok({ count: done.value.added, known: done.value.known })
  }
  const done = await once(caller, 'sender.add', form, act, refusedAddresses)
  if (!done.ok) return done.error
  const { count, known } = done.value
  const outcome = count > 0 ? { done: 'added', count: `${count}` } : { done: 'known', count: `${known}` }
  return leadToPage(sendersPath({ server: await serverInAddress(form) }, outcome))
})

export const setWayAction = write('senders.set-way', async (caller, form) => {
  const [server, address, way] = [uuidOf(form, 'server'), addressIn(form), wayIn(form, 'way')]
  const at = await serverInAddress(form)
  const was = wayIn(form, 'was')
  const act = (isRepeated: boolean) =>
    services().senders.setWay(caller, { server, address, way, from: isRepeated ? undefined : was })
  const done = await changeOnce(caller, 'sender.change-way', form, act, backTo({ server: at, address }))
  if (!done.ok && done.error.kind === 'gone') return leadToPage(sendersPath({ server: at }, { done: 'gone' }))
  const saved = way === was ? 'unchanged' : 'way'
  leadToPage(senderPath({ server: at, address }, { done: done.ok ? saved : done.error.kind }))
})

export const removeSenderAction = write('senders.remove', async (caller, form) => {
  const { senders } = services()
  const [server, address, at] = [uuidOf(form, 'server'), addressIn(form), await serverInAddress(form)]
  const act = async (isRepeated: boolean): Promise<Result<void, { kind: 'gone' | 'again' }>> => {
    if (!isRepeated) return senders.remove(caller, { server, address })
    return (await senders.one(server, address))?.sender.added ? fail({ kind: 'again' }) : ok(undefined)
  }
  const done = await changeOnce(caller, 'sender.remove', form, act, backTo({ server: at, address }))
  leadToPage(sendersPath({ server: at }, { done: done.ok ? 'removed' : done.error.kind }))
})

const verify = formActions<VerifyState>('mail-server:test', (message, form) => ({
  kind: 'refused',
  testTo: testToIn(form),
  message,
}))

/** The finished report, for a page without scripts. With scripts the page reads the route instead. */
export const verifyAction = verify('senders.prove', async (caller, form) => {
  const submitted = await submitVerify(caller, form)
  if (submitted.kind === 'state') return submitted.state
  const { report, transcript } = await finishedOf(submitted.events)
  showEverywhere()
  return { kind: 'tested', report, transcript, to: testToIn(form) }
})
