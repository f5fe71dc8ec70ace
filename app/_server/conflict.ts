import 'server-only'
import { type Outcome, refused } from '@/app/_form/outcome'
import { type Done, lastDoneBy } from '@/lib/audit'
import { translatorFor } from '@/lib/i18n/translations'
import { actorName } from '@/lib/kernel'
import { services } from '@/lib/services'
import type { OperatorCaller } from './caller'
import { showEverywhere } from './form-action'

type Texts = Readonly<Record<string, string>>

/**
 * Refuses a form whose values were saved by another person since it was opened. What is typed stays, and the form can be saved again.
 *
 * @param saves under which the audit log has who saved them
 * @param saved what is saved now, as people read it, by the label of its field; `yours` what the form has
 * @param typed with the new version or values on which the next save is based
 * @param also what was done all the same
 */
export async function refusedOver(
  caller: OperatorCaller,
  about: { saves: readonly Done[]; saved: Texts; yours: Texts; typed: Texts; also?: string },
): Promise<Outcome> {
  const { saves, saved, yours, typed, also } = about
  const t = translatorFor(caller.locale, 'validation')
  const names = await Promise.all(saves.map((save) => lastDoneBy(services().db, save)))
  const people = [...new Set(names)].flatMap((name) => (name === null ? [] : [name]))
  const isOwn = people.length > 0 && people.every((name) => name === actorName(caller.actor))
  const by = people.map((name) => t.actor(name)).join(', ')
  const title = isOwn ? t('conflict.titleOwn') : t('conflict.title', { by, count: people.length })
  const filled = (text: string | undefined) => text?.trim() || t('conflict.empty')
  const differences = Object.keys(saved)
    .filter((label) => saved[label] !== yours[label])
    .map((label) => ({ title: label, values: [filled(yours[label]), filled(saved[label])] as const }))
  showEverywhere()
  const labels = [t('conflict.yours'), t('conflict.saved')] as const
  const text = [also, t('conflict.text')].filter(Boolean).join(' ')
  return refused(title, { typed, conflict: { text, labels, differences } })
}
