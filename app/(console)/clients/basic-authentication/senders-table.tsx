import type { getTranslations } from '@/app/_server/translations'
import { ADD_CLIENT_PATH, clientPath, withQuery } from '@/app/paths'
import { PlainForm } from '@/components/action-form'
import { Button } from '@/components/button'
import { Fold } from '@/components/page'
import { StatusBadge } from '@/components/state-badge'
import { Table } from '@/components/table'
import { Foreign, Named, TextLink } from '@/components/text'
import type { Progress } from '@/lib/submission/basic-auth/progress'
import type { StoredSender } from '@/lib/submission/basic-auth/store'
import type { Client } from '@/lib/submission/client'
import { linkSenderAction } from './actions'
import type { Place } from './query'

type T = Awaited<ReturnType<typeof getTranslations<'basic-auth'>>>

const TONES = {
  open: 'warn',
  linked: 'info',
  unconfirmed: 'info',
  both: 'bad',
  moved: 'good',
  unused: 'neutral',
} as const satisfies Record<Progress, string>

function nextOf(
  { address, progress, lastSeen }: StoredSender,
  { mailboxes, newestFrom }: { mailboxes: readonly string[]; newestFrom: string },
) {
  const next = progress === 'open' && lastSeen && lastSeen.until < newestFrom ? 'quiet' : progress
  const advisesOff = next === 'quiet' || next === 'moved' || next === 'unused'
  return advisesOff && mailboxes.includes(address) ? 'kept' : next
}

/** @param props.clients that a sender can be linked to; null for a reader who may not link */
export function SendersTable(props: {
  senders: readonly StoredSender[]
  clients: readonly Client[] | null
  /** Those that Postroom sends through. */
  mailboxes: readonly string[]
  /** The first day of the newest report that counts uses; empty for none. */
  newestFrom: string
  place: Place
  t: T
}) {
  const { senders, t } = props
  return (
    <Table caption={t('table.caption')} rows={senders} rowKey={({ address }) => address}>
      {(column) => [
        column(t('table.sender'), ({ address }) => <Foreign>{address}</Foreign>),
        column(t('table.progress'), (sender) => {
          const next = nextOf(sender, props)
          const day = sender.client?.firstMessage ? t.isoDay(sender.client.firstMessage) : ''
          return (
            <>
              <StatusBadge tone={TONES[sender.progress]}>{t(`progress.${sender.progress}`)}</StatusBadge>
              {/* On a narrow screen the next step below it says it. */}
              <p className={`mt-1 max-w-[26rem] text-xs text-soft ${next === 'open' ? 'max-sm:hidden' : ''}`}>
                {t(`next.${next}`, { day })}
              </p>
            </>
          )
        }),
        column(t('table.messages'), { align: 'end', wide: true }, ({ lastSeen }) =>
          lastSeen ? t.number(lastSeen.messages) : t('table.none'),
        ),
        column(t('table.lastUse'), { wide: true }, ({ lastSeen }) => {
          if (!lastSeen) return t('table.none')
          if (lastSeen.lastUse) return <span className="xl:whitespace-nowrap">{t.isoDay(lastSeen.lastUse)}</span>
          return t('table.period', { from: t.isoDay(lastSeen.from), until: t.isoDay(lastSeen.until) })
        }),
        column(t('table.setting'), { wide: true }, ({ setting }) => (
          <span className="xl:whitespace-nowrap">{setting ? t(`setting.${setting}`) : t('table.none')}</span>
        )),
        column(t('table.client'), (sender) => <ClientCell sender={sender} {...props} />),
      ]}
    </Table>
  )
}

function ClientCell(props: { sender: StoredSender; clients: readonly Client[] | null; place: Place; t: T }) {
  const { sender, clients, place, t } = props
  const { address, client } = sender
  const name = client?.name ? (
    <TextLink href={clientPath(client.id)}>{client.name}</TextLink>
  ) : (
    client && t('table.removed')
  )
  if (clients === null) return name ?? t('table.none')
  const field = `client-${address}`
  // A proposal: nothing is linked before a person saves it.
  const likely = clients.find(
    ({ senders, disabledAt }) =>
      disabledAt === null && senders.some((sender) => sender.toLowerCase() === address.toLowerCase()),
  )
  return (
    <>
      {name}
      <Fold
        summary={
          <span className="xl:whitespace-nowrap">
            <Named text={t(client ? 'link.change' : 'link.open')} of={address} />
          </span>
        }
      >
        <PlainForm
          action={linkSenderAction}
          className="grid min-w-32 gap-1.5"
          hidden={{
            sender: address,
            seenClient: client?.id ?? '',
            progress: place.progress ?? '',
            text: place.text,
            page: place.page,
          }}
        >
          <div className="flex flex-wrap gap-2">
            <label htmlFor={field} className="sr-only">
              {t('link.label', { sender: address })}
            </label>
            <select
              id={field}
              name="client"
              defaultValue={client?.name ? client.id : (likely?.id ?? '')}
              className="control max-w-[12rem] min-w-0 flex-[1_1_8rem]"
            >
              <option value="">{t('link.none')}</option>
              {clients.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
            <Button kind="secondary" className="shrink-0" text={<Named text={t('link.save')} of={address} />} />
          </div>
          {!client && (
            <TextLink href={withQuery(ADD_CLIENT_PATH, { senders: address, moving: address })}>
              <Named text={t('link.add')} of={address} />
            </TextLink>
          )}
        </PlainForm>
      </Fold>
    </>
  )
}
