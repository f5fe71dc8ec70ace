import Link from 'next/link'
import { helpPath } from '@/app/paths'
import { DataList } from '@/components/data-list'
import { Foreign } from '@/components/foreign'
import { Note } from '@/components/note'
import { StatusBadge } from '@/components/state-badge'
import { Timestamp } from '@/components/timestamp'
import type { Channel } from '@/lib/credentials/store/channel-rows'
import type { ViewContext } from '../_list/credential-cells'
import { CredentialForm } from '../_rotation/credential-form'
import { switchChannelAction, tryChannelAction } from './actions'
import { ChannelForms } from './channel-forms'
import { faultLines } from './fault-text'

interface Card extends ViewContext<'reminders'> {
  channel: Channel
  mayWrite: boolean
  mayTest: boolean
}

/** One channel: its destination, the result of its latest reminder, and what can be done with it. */
export function ChannelCard({ channel, mayWrite, mayTest, ...context }: Card) {
  const { t, now, locale } = context
  const { id, name, kind, enabled, ownerOnly, lastSentAt } = channel
  return (
    <li className="min-w-0">
      <article
        id={`channel-${id}`}
        aria-labelledby={`channel-${id}-name`}
        className="rounded-lg border border-line px-4 pt-3 pb-4"
      >
        <div className="flex flex-wrap items-baseline justify-between gap-x-3 gap-y-1">
          <h3 id={`channel-${id}-name`} className="min-w-0 font-[600]">
            <Foreign>{name}</Foreign>
          </h3>
          <StatusBadge tone={enabled ? 'good' : 'neutral'}>{t(enabled ? 'channels.on' : 'channels.off')}</StatusBadge>
        </div>
        <p className="text-sm text-faint">{t(`channels.kind.${kind}`)}</p>
        {ownerOnly && (
          <p className="text-sm text-soft">
            {t('channels.owner')}: {t('channels.ownerText')}
          </p>
        )}
        <DataList
          narrow
          className="mt-2 text-sm"
          items={[
            { term: t('channels.to'), value: <Destination channel={channel} t={t} /> },
            { term: t('channels.language'), value: t(`locale.${channel.locale}`) },
            {
              term: t('channels.lastSent'),
              value: lastSentAt ? (
                <Timestamp at={lastSentAt} now={now} locale={locale} />
              ) : (
                <span className="text-faint">{t('channels.neverSent')}</span>
              ),
            },
          ]}
        />
        <NewestFault channel={channel} {...context} />
        {mayTest && (
          <div className="mt-3 flex flex-wrap items-start gap-2">
            <CredentialForm
              action={tryChannelAction}
              hidden={{ channel: id }}
              submit={{ label: t('channels.try'), pending: t('pending'), about: name }}
            />
            {mayWrite && (
              <CredentialForm
                action={switchChannelAction}
                hidden={{ channel: id, wanted: enabled ? 'off' : 'on' }}
                submit={{
                  label: t(enabled ? 'channels.turnOff' : 'channels.turnOn'),
                  pending: t('pending'),
                  kind: 'quiet',
                  about: name,
                }}
              />
            )}
          </div>
        )}
        {mayWrite && <ChannelForms channel={channel} t={t} />}
      </article>
    </li>
  )
}

function Destination({ channel: { address, origin }, t }: Pick<Card, 'channel' | 't'>) {
  if (address !== null) return <Foreign>{address}</Foreign>
  const [before = '', behind = ''] = t('channels.toSecret', { origin: '\0' }).split('\0')
  return (
    <>
      {before}
      <Foreign>{origin ?? ''}</Foreign>
      <span className="text-faint">{behind}</span>
    </>
  )
}

/** Disappears as soon as a reminder is accepted again. */
function NewestFault({
  channel: { kind, lastFault },
  now,
  locale,
  t,
}: ViewContext<'reminders'> & Pick<Card, 'channel'>) {
  if (!lastFault) return null
  const { title, advice, help } = faultLines(kind, lastFault, locale)
  return (
    <Note kind="danger" title={`${t('channels.fault')}: ${title}`} className="mt-3">
      <p>
        <Timestamp at={new Date(lastFault.at)} now={now} locale={locale} />
      </p>
      <p>{advice}</p>
      {help && (
        <Link href={helpPath(help)} prefetch={false} className="prose-link block">
          {t('fault.help', { code: help })}
        </Link>
      )}
      {lastFault.evidence && (
        <p className="font-mono text-xs wrap-anywhere">
          <bdi>{t('fault.said', { evidence: lastFault.evidence })}</bdi>
        </p>
      )}
    </Note>
  )
}
