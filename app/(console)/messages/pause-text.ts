import { faultTitle } from '@/lib/diagnosis'
import type { Translator } from '@/lib/i18n/translations'
import type { DeliveryNow } from '@/lib/mail-server/store/pauses'
import { inSentence } from './labels'

/** A paused mail server: by the fault `code`, or by a person. It is named if there are several. */
export type Paused = Pick<DeliveryNow, 'name' | 'failover'> & NonNullable<DeliveryNow['pause']> & { isNamed: boolean }

/** A person paused it on purpose, and while the failover server sends nothing waits. */
export const pauseTone = ({ code, failover }: Pick<Paused, 'code' | 'failover'>) =>
  code !== null && failover === null ? 'bad' : 'warn'

/** Since when a mail server is paused, and by whom if a person did it. */
export const sinceText = ({ by, at, code }: Paused, t: Translator<'messages'>) =>
  t('paused.since', { by: code === null ? 'person' : 'diagnosis', who: by, when: t.time(at) })

/** What every page says of a paused mail server, or of a group of several. */
export function pauseText(pause: Paused, t: Translator<'messages'>, count = 1) {
  const { name: own, isNamed, code, failover, at } = pause
  const name = count > 1 ? t('paused.servers', { count }) : own
  const named = count > 1 || isNamed ? 'yes' : 'no'
  const tone = pauseTone(pause)
  const effect = t(code === null ? 'paused.accepts' : 'paused.waits')
  const detail = count > 1 ? effect : `${sinceText(pause, t)} ${effect}`
  if (code === null) return { tone, mark: 'pause', title: t('paused.byPerson', { named, name }), detail } as const
  const fault = inSentence(faultTitle(code, t.locale), t)
  if (failover === null) return { tone, title: t('paused.byFault', { title: fault, named, name }), detail } as const
  return {
    tone,
    title: t('paused.onFailover', { failover, title: fault, named, name }),
    detail: t('paused.onFailoverText', { when: t.time(at), name: own }),
  } as const
}
