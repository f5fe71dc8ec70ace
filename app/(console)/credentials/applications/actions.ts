'use server'

import type { Route } from 'next'
import { redirect } from 'next/navigation'
import { type FormActionOptions, formAction, plain } from '@/app/_server/form-action'
import { isForUnmuting } from '@/lib/credentials/inventory/types'
import { services } from '@/lib/services'
import { versionOf } from '../ids'
import { backHref, filterIn, isGuid } from './query'

const back = (form: FormData, told: Record<string, string> = {}): never =>
  redirect(backHref(form.get('back'), told) as Route)

const refused: FormActionOptions<void>['refused'] = (_, form, reason) => back(form, { refused: reason })

export const switchAction = plain(
  formAction<void>({
    name: 'inventory.switch',
    permission: 'credentials:write',
    refused,
    async run(caller, form) {
      const { credentials } = services()
      const watch = await credentials.watch()
      const version = versionOf(form)
      const saved = await credentials.saveWatch(caller, { ...watch, version, inventory: form.get('wanted') === 'on' })
      back(form, saved.ok ? {} : { told: 'changed' })
    },
  }),
)

export const muteAction = plain(
  formAction<void>({
    name: 'inventory.mute',
    permission: 'credentials:write',
    refused,
    async run(caller, form) {
      const [objectId, keyId] = [form.get('objectId'), form.get('keyId')]
      const muted = form.get('wanted') === 'mute'
      const known = isGuid(objectId) && isGuid(keyId)
      const done = known && (await services().inventory.setMuted(caller, { objectId, keyId, muted }))
      back(form, { told: done ? (muted ? 'muted' : 'unmuted') : 'gone' })
    },
  }),
)

export const muteMatchingAction = plain(
  formAction<void>({
    name: 'inventory.mute-all',
    permission: 'credentials:write',
    refused,
    async run(caller, form) {
      const filter = filterIn(form.get('back'))
      const count = await services().inventory.muteMatching(caller, filter)
      const told = count === 0 ? 'gone' : isForUnmuting(filter) ? 'unmuted-all' : 'muted-all'
      back(form, { told, count: String(count) })
    },
  }),
)

export const readAction = plain(
  formAction<void>({
    name: 'inventory.read',
    permission: 'credentials:test',
    refused,
    async run(caller, form) {
      const { inventory, log } = services()
      const begun = await inventory.begin(caller)
      // Here and now, so that nobody waits for the clock; if this process ends, the worker goes on with it.
      if (begun.ok)
        inventory.work().catch((error: unknown) => log.error('reading app registrations stopped', { error }))
      back(form, begun.ok ? {} : { told: begun.error })
    },
  }),
)

export const checkAction = plain(
  formAction<void>({
    name: 'inventory.check',
    permission: 'credentials:test',
    refused,
    async run(caller, form) {
      const right = await services().inventory.checkRight(caller)
      back(form, right ? {} : { told: 'no-server' })
    },
  }),
)
