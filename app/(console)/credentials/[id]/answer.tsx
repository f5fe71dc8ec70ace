import type { ComponentProps } from 'react'
import { credentialPath } from '@/app/paths'
import { Answer } from '@/components/answer'
import { ButtonLink } from '@/components/button'
import { hasWrongDate, isRejected } from '@/lib/credentials/expiry'
import type { Rotation } from '@/lib/credentials/store/rotations'
import type { Watch } from '@/lib/credentials/store/watch-settings'
import type { CredentialView, SlotsView } from '@/lib/credentials/views'
import type { ViewContext } from '@/lib/i18n/translations'
import { FaultLink } from '../../fault-link'
import { hasNoExpiry } from '../_view/labels'
import { stageOf } from '../_view/stage'

export interface Shared extends ViewContext<'credentials'> {
  view: CredentialView
  slots: SlotsView
  watch: Watch
  /** Of the mail server, newest first. */
  rotations: readonly Rotation[]
  /** The address asks for the ways to a next credential, although nothing is due. */
  isReplacing: boolean
  opensCertificate: boolean
  mayWrite: boolean
  mayTest: boolean
}

/** Whether the credential is good; what mail is sent with comes first. */
export function CredentialAnswer({ view, slots, mayWrite, ...context }: Shared) {
  const { t } = context
  const { mailServer, carriedBy, refusedCode, slot } = view
  const { name: server, senderAddress } = mailServer
  const detail = t('one.detail', { kind: t(`kind.${view.kind}`), server, address: senderAddress || 'unknown' })
  return (
    <Answer
      {...verdict(view, context)}
      detail={
        <>
          {detail} {carriedBy && `${t('one.keepPrevious')} `}
          {slot === 'current' && stageOf(slots) === 'current' && `${t('one.ready')} `}
          {isRejected(view) && refusedCode && <FaultLink code={refusedCode} t={t} />}
        </>
      }
      action={
        slot === 'current'
          ? mayWrite && needsDate(view) && <ButtonLink href="#edit" text={t('step.date')} />
          : slots.current && <ButtonLink href={credentialPath(slots.current.id)} text={t('one.inUse')} />
      }
    />
  )
}

/** No other step is more urgent than its date. */
const needsDate = (view: CredentialView): boolean =>
  hasWrongDate(view) || (view.state === 'date-unknown' && !hasNoExpiry(view))

type Verdict = Pick<ComponentProps<typeof Answer>, 'tone' | 'mark' | 'title'>

function verdict(view: CredentialView, { now, t }: ViewContext<'credentials'>): Verdict {
  const { carriedBy, slot, state, expiresAt, daysLeft, kind } = view
  const secret = t(`short.${kind}`)
  if (carriedBy) return { tone: 'warn', title: t('one.carried', { secret, day: t.clearDate(carriedBy.until, now) }) }
  if (slot === 'previous') {
    const fallback = view.isFallback && view.fallbackUntil
    const more = fallback ? ` ${t('one.fallbackUntil', { time: t.time(fallback) })}` : ''
    return { tone: 'neutral', title: t('one.previous', { secret }) + more }
  }
  if (isRejected(view)) return { tone: 'bad', title: t('one.refused', { secret }) }
  if (slot === 'next') return { tone: 'info', title: t('one.next', { secret }) }
  if (!expiresAt || daysLeft === null)
    return hasNoExpiry(view) ? { tone: 'neutral', title: t('one.endless') } : { tone: 'info', title: t('one.unknown') }
  if (state === 'expired') return { tone: 'bad', title: t('one.expired', { days: Math.abs(daysLeft) }) }
  if (hasWrongDate(view)) return { tone: 'warn', title: t('one.wrongDate', { secret }) }
  if (state === 'healthy') return { tone: 'good', title: t('one.validUntil', { day: t.clearDate(expiresAt, now) }) }
  return {
    tone: state === 'critical' ? 'bad' : 'warn',
    mark: daysLeft,
    title: t('one.expires', { days: daysLeft, day: t.spokenDate(expiresAt, now) }),
  }
}
