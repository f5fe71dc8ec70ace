'use server'

import { revalidatePath } from 'next/cache'
import { textOf } from '@/app/_form/outcome'
import type { OperatorCaller } from '@/app/_server/caller'
import { formAction } from '@/app/_server/form-action'
import { replaceCredentialPath } from '@/app/paths'
import type { Rotation } from '@/lib/credentials/rotation/rotation'
import { ROTATE_DAYS_MAX } from '@/lib/credentials/watch'
import { translatorFor } from '@/lib/i18n/translations'
import { services } from '@/lib/services'
import { once } from '../_rotation/once'
import { uuidOf, versionOf } from '../ids'
import { type CredentialOutcome, type Done, refused, refusedWith } from '../outcome'
import { leadTo } from '../redirect-to'
import { isSuccess, reasonText, stepText } from './labels'

/** Does as much as is possible at once; the worker does the rest, and the page shows each step. */
export const rotateNowAction = formAction<CredentialOutcome>({
  name: 'credentials.rotate',
  permission: 'credentials:write',
  refused: refusedWith,
  fresh: true,
  async run(caller, form) {
    // If this form was already sent before, the page shows how far the rotation is.
    let done: Done = 'rotating'
    const outcome = await once(caller, 'rotation.start', form, async () => {
      const result = await rotated(caller, textOf(form, 'mailServer'), textOf(form, 'objectId'))
      if (typeof result !== 'string') return result
      done = result
      return null
    })
    if (outcome) revalidatePath('/', 'layout')
    return outcome ?? leadTo(done, replaceCredentialPath(uuidOf(form, 'mailServer')))
  },
})

async function rotated(
  { locale, ...caller }: OperatorCaller,
  mailServerId: string,
  objectId: string,
): Promise<CredentialOutcome | Extract<Done, 'rotated' | 'rotating'>> {
  const t = translatorFor(locale, 'credentials')
  const { credentials } = services()
  const rotated = await credentials.rotateNow(caller, { mailServerId, objectId })
  if (!rotated.ok) return refused(t(`graph.cannot.${rotated.error.kind}`))
  const { value: rotation } = rotated
  if (isSuccess(rotation)) return 'rotated'
  if (rotation.endedAt === null) return 'rotating'
  const message = rotation.fault ? reasonText(rotation.fault, rotation, t) : stepText(rotation, t)
  const commands = await fixingCommands(rotation)
  return { kind: 'refused', message, ...(commands && { commands }) }
}

async function fixingCommands({ fault, mailServerId }: Rotation): Promise<string[] | null> {
  const { credentials } = services()
  if (fault?.code === 'not-permitted') return credentials.rotationGrant(mailServerId)
  const isId = fault?.code === 'object-id-needed' || fault?.code === 'proof-refused'
  return isId ? credentials.objectIdCommands(mailServerId) : null
}

export const rotateAheadAction = formAction<CredentialOutcome>({
  name: 'credentials.rotate-ahead',
  permission: 'credentials:write',
  refused: refusedWith,
  fresh: true,
  async run(caller, form) {
    const t = translatorFor(caller.locale, 'credentials')
    const text = textOf(form, 'rotateDaysBefore').trim()
    if (!/^\d{0,3}$/.test(text)) return refused(t('graph.ahead.invalid', { max: ROTATE_DAYS_MAX }))
    const { credentials } = services()
    const { thresholdsDays, inventory } = await credentials.watch()
    const saved = await credentials.saveWatch(caller, {
      thresholdsDays,
      inventory,
      rotateDaysBefore: text === '' ? null : Number(text),
      version: versionOf(form),
    })
    if (!saved.ok)
      return refused(
        saved.error.kind === 'invalid'
          ? t('graph.ahead.invalid', { max: ROTATE_DAYS_MAX })
          : t('fault.changed-meanwhile'),
      )
    revalidatePath('/', 'layout')
    return { kind: 'done', lines: [t(text === '' ? 'graph.ahead.off' : 'graph.ahead.on', { days: Number(text) })] }
  },
})
