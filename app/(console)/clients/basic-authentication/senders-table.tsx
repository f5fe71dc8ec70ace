import type { getTranslations } from '@/app/_server/translations'
import { ADD_CLIENT_PATH, clientPath, withQuery } from '@/app/paths'
import type { SearchParams } from '@/app/search-params'
import { PlainForm } from '@/components/action-form'
import { Button } from '@/components/button'
import { TextInput } from '@/components/inputs'
import { StatusBadge } from '@/components/state-badge'
import { Table } from '@/components/table'
import { Foreign, Named, TextLink } from '@/components/text'
import { CHOICES_MAX } from '@/lib/kernel'
import type { Progress } from '@/lib/submission/basic-auth/progress'
import type { StoredSender } from '@/lib/submission/basic-auth/store'
import type { KnownClient } from '@/lib/submission/store/clients'
import { linkSenderAction } from './actions'
import { clientNamed, namesSender, type Place, placeHref } from './query'

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
  { mailboxes, newestFrom }: Pick<TableProps, 'mailboxes' | 'newestFrom'>,
) {
  const next = progress === 'open' && lastSeen && lastSeen.until < newestFrom ? 'quiet' : progress
  const advisesOff = next === 'quiet' || next === 'moved' || next === 'unused'
  return advisesOff && mailboxes.includes(address) ? 'kept' : next
}

interface TableProps {
  senders: readonly StoredSender[]
  /** Those that Postroom sends through. */
  mailboxes: readonly string[]
  /** The first day of the newest report that counts uses; empty for none. */
  newestFrom: string
  mayWrite: boolean
  /** The sender whose form is open, the clients that it can be linked to, and what was typed. One form keeps a page with many clients short. */
  opened: { address: string; clients: readonly KnownClient[]; typed: SearchParams[string] } | null
  place: Place
  t: T
}

export function SendersTable(props: TableProps) {
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
              {/* The column of the client has the next step of an open one. */}
              {next !== 'open' && <p className="mt-1 max-w-[26rem] text-xs text-soft">{t(`next.${next}`, { day })}</p>}
            </>
          )
        }),
        column(t('table.messages'), { brief: 'named' }, ({ lastSeen }) =>
          lastSeen ? t.number(lastSeen.messages) : t('table.none'),
        ),
        column(t('table.lastUse'), { brief: 'named' }, ({ lastSeen }) => {
          if (!lastSeen) return t('table.none')
          const { from, until, lastUse, since } = lastSeen
          return (
            <>
              {lastUse ? (
                <span className="xl:whitespace-nowrap">{t.isoDay(lastUse)}</span>
              ) : (
                t('table.period', { from: t.isoDay(from), until: t.isoDay(until) })
              )}
              {(lastUse || since < from) && (
                <p className="mt-1 text-xs text-soft">{t('table.since', { day: t.isoDay(since) })}</p>
              )}
            </>
          )
        }),
        column(t('table.setting'), { wide: true }, ({ setting }) => (
          <span className="xl:whitespace-nowrap">{setting ? t(`setting.${setting}`) : t('table.none')}</span>
        )),
        column(t('table.client'), (sender) => <ClientCell sender={sender} {...props} />),
      ]}
    </Table>
  )
}

function ClientCell(props: TableProps & { sender: StoredSender }) {
  const { sender, mayWrite, opened, place, t } = props
  const { address, client } = sender
  const name = client?.name ? (
    <TextLink href={clientPath(client.id)}>{client.name}</TextLink>
  ) : (
    client && t('table.removed')
  )
  if (!mayWrite) return name ?? t('table.none')
  return (
    <>
      {name}
      {opened?.address === address ? (
        <LinkForm {...opened} {...{ sender, place, t }} />
      ) : (
        <TextLink
          href={placeHref(place, { link: address })}
          scroll={false}
          className={`block w-fit xl:whitespace-nowrap ${name ? 'max-sm:mt-2' : ''}`}
        >
          <Named text={t(client ? 'link.change' : 'link.open')} of={address} />
        </TextLink>
      )}
    </>
  )
}

function LinkForm(
  props: Pick<TableProps, 'place' | 't'> & NonNullable<TableProps['opened']> & { sender: StoredSender },
) {
  const { clients, sender, place, t } = props
  const { address, client } = sender
  // A proposal: nothing is linked before a person saves it.
  const likely = clients.find((each) => each.disabledAt === null && namesSender(each, address))
  const typed = typeof props.typed === 'string' ? props.typed : null
  const offered = clients.length <= CHOICES_MAX ? clients : []
  const isUnknown = clientNamed(typed ?? '', clients) === undefined
  return (
    <PlainForm
      key={typed}
      action={linkSenderAction}
      className="mt-1 grid min-w-24 xl:min-w-40 justify-items-start gap-2"
      hidden={{
        sender: address,
        seenClient: client?.id ?? '',
        progress: place.progress ?? '',
        text: place.text,
        page: place.page,
      }}
    >
      <TextInput
        name="client"
        label={<Named text={t('table.client')} of={address} />}
        hint={t('link.hint')}
        error={isUnknown ? t('link.unknown') : undefined}
        list="clients"
        autoComplete={undefined}
        autoFocus
        defaultValue={typed ?? client?.name ?? likely?.name}
        className="w-full"
      />
      <datalist id="clients">
        {offered.map(({ id, name }) => (
          <option key={id} value={name} />
        ))}
      </datalist>
      <Button kind="secondary" text={<Named text={t('link.save')} of={address} />} />
      {!client && (
        <TextLink href={withQuery(ADD_CLIENT_PATH, { senders: address, moving: address })}>
          <Named text={t('link.add')} of={address} />
        </TextLink>
      )}
    </PlainForm>
  )
}
