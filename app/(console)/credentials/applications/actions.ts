'use server'

import { redirect } from 'next/navigation'
import { versionOf } from '@/app/_form/fields'
import { refused, refusedWith, succeeded } from '@/app/_form/outcome'
import { formActions, type Refused } from '@/app/_server/form-action'
import { once } from '@/app/_server/once'
import { plainActions } from '@/app/_server/plain-action'
import { PAGE_ROWS } from '@/app/paging'
import type { QueryParameters } from '@/app/paths'
import { isForUnmuting } from '@/lib/credentials/inventory/types'
import { translatorFor } from '@/lib/i18n/translations'
import { ok } from '@/lib/kernel'
import { services } from '@/lib/services'
import { backHref, filterIn, rowOf } from './query'

const back = (form: FormData, confirmation: QueryParameters = {}): never =>
  redirect(backHref(form.get('back'), confirmation))

const backRefused: Refused<never> = (_, form, reason) => back(form, { refused: reason })

const write = plainActions('credentials:write', backRefused)
const test = plainActions('credentials:test', backRefused)
const check = formActions('credentials:test', refusedWith)

export const switchAction = write('inventory.switch', async (caller, form) => {
  const change = { version: versionOf(form), inventory: form.get('wanted') === 'on' }
  const saved = await services().credentials.saveWatch(caller, change)
  back(form, saved.ok ? {} : { done: 'changed' })
})

export const muteAction = write('inventory.mute', async (caller, form) => {
  const muted = form.get('wanted') === 'mute'
  const act = async () => {
    let count = 0
    for (const row of form.getAll('chosen').slice(0, PAGE_ROWS).map(rowOf))
      if (row && (await services().inventory.setMuted(caller, { ...row, muted }))) count += 1
    if (count === 0) return ok<QueryParameters>({ done: 'gone' })
    const done = muted ? 'muted' : 'unmuted'
    return ok<QueryParameters>(count > 1 ? { done: `${done}-all`, count: String(count) } : { done })
  }
  const changed = await once(caller, muted ? 'inventory.mute' : 'inventory.unmute', form, act, backRefused)
  // Of a process that ended in between, not each row's state is known; the list shows it.
  const { done, count } = changed.ok ? changed.value : {}
  back(form, { done, count })
})

export const muteMatchingAction = write('inventory.mute-all', async (caller, form) => {
  const filter = filterIn(form.get('back'))
  const [purpose, done] = isForUnmuting(filter)
    ? (['inventory.unmute-all', 'unmuted-all'] as const)
    : (['inventory.mute-all', 'muted-all'] as const)
  const act = async () => ok({ count: await services().inventory.muteMatching(caller, filter) })
  const changed = await once(caller, purpose, form, act, backRefused)
  const count = changed.ok ? changed.value.count : 0
  back(form, { done: count === 0 ? 'gone' : done, count: String(count) })
})

export const readAction = test('inventory.read', async (caller, form) => {
  const { inventory, log } = services()
  const begun = await inventory.begin(caller)
  // Begun at once instead of in the worker's next turn. If this process ends, the worker continues.
  if (begun.ok) inventory.work().catch((error: unknown) => log.error('reading app registrations stopped', { error }))
  back(form, begun.ok ? {} : { done: begun.error })
})

export const checkAction = check('inventory.check', async (caller) => {
  const t = translatorFor(caller.locale, 'inventory')
  const fault = await services().inventory.checkRight(caller)
  if (!fault) return succeeded(t('permission.granted'))
  const text = t(`fault.${fault.code}`)
  return refused(fault.evidence ? t('permission.details', { text, evidence: fault.evidence }) : text)
})
