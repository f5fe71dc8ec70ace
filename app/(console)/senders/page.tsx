import type { Metadata } from 'next'
import { FlashMessage } from '@/app/_form/flash-message'
import { requireCaller } from '@/app/_server/caller'
import { statusOf } from '@/app/_server/status'
import { getTranslations } from '@/app/_server/translations'
import { MAIL_SERVERS_PATH, mailServerPath, SENDERS_PATH, sendersPath } from '@/app/paths'
import { ButtonLink } from '@/components/button-link'
import { EmptyState } from '@/components/empty-state'
import { FilterForm } from '@/components/filter-form'
import { Filters } from '@/components/filters'
import { Note } from '@/components/note'
import { Page } from '@/components/page'
import { Pagination } from '@/components/pagination'
import { Section } from '@/components/section'
import { StateBadge } from '@/components/state-badge'
import { may } from '@/lib/access/permissions'
import type { Translator } from '@/lib/i18n/translations'
import { ADDED_MAX } from '@/lib/mail-server/senders/add'
import { SENDER_STATES } from '@/lib/mail-server/senders/state'
import type { SendersPage } from '@/lib/mail-server/senders/view'
import type { ListedServer } from '@/lib/mail-server/servers'
import { SENDER_WAYS } from '@/lib/policy/sender'
import { services } from '@/lib/services'
import { AddForm } from './add-form'
import { flashKind } from './flash'
import { readSendersQuery, type SendersQuery } from './query'
import { requestedServer } from './requested-server'
import { type OwnRow, SenderStateBadge, SenderTable } from './sender-table'
import { WaysPart } from './servers-part'

const ROWS = 50

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('senders'))('title') }
}

/** The senders that messages may use, by mail server, and whether each is verified. */
export default async function SendersPageView({ searchParams }: PageProps<'/senders'>) {
  const { locale, actor } = await requireCaller('mail-server:read')
  const params = await searchParams
  const [t, shell] = await Promise.all([getTranslations('senders'), getTranslations('shell')])
  const { senders, clock } = services()
  const typed = readSendersQuery(params)
  const chosen = await requestedServer(typed.server)
  const query = { ...typed, server: chosen?.id ?? '' }
  const page = chosen && (await senders.page(chosen.server.id, { ...query, rows: ROWS }))
  const common = { server: query.server, now: clock.now(), locale, t }
  return (
    <Page
      title={t('title')}
      breadcrumb={[{ label: shell('systemSettings') }, { label: shell('senders') }]}
      description={t('description')}
    >
      <FlashMessage query={params} t={t} kindOf={flashKind} />
      {chosen && chosen.servers.length > 1 && (
        <Filters
          label={t('servers')}
          items={chosen.servers.map(({ id, name }) => ({
            href: sendersPath({ server: id }),
            label: name,
            current: id === chosen.server.id,
          }))}
        />
      )}
      {!chosen || !page ? (
        <Nothing server={chosen?.server ?? null} t={t} />
      ) : page.settings.type === 'smtp' ? (
        <NotVerified t={t} />
      ) : (
        <>
          <Section id="fixed" title={t('fixed.title')} description={t('fixed.description')}>
            <SenderTable
              caption={t('fixed.caption')}
              own={await ownRow(chosen, page, { t, shell })}
              senders={page.ofRules}
              {...common}
            />
          </Section>
          <Section id="individual" title={t('individual.title')} description={t('individual.description')}>
            <SenderFilter query={query} t={t} />
            {page.individual.length > 0 ? (
              <SenderTable caption={t('individual.caption')} senders={page.individual} {...common} />
            ) : (
              <NoIndividual query={query} t={t} />
            )}
            <Pagination
              label={t('paging.label')}
              newer={query.after === '' ? null : sendersPath({ ...query, after: '' })}
              older={page.next === null ? null : sendersPath({ ...query, after: page.next })}
              labels={{ newer: t('paging.first'), older: t('paging.next') }}
            />
          </Section>
          {may(actor.role, 'mail-server:write') && (
            <Section id="add" title={t('add.title')} description={t('add.text')}>
              <AddForm server={chosen.server.id} labels={addLabels(t)} />
            </Section>
          )}
          <WaysPart t={t} />
        </>
      )}
    </Page>
  )
}

/** The mail server's own sender: verified by a test of the saved settings, unless a later test or delivery failed. */
async function ownRow(
  { server, id }: { server: ListedServer; id: string },
  { settings }: SendersPage,
  { t, shell }: { t: Translator<'senders'>; shell: Translator<'shell'> },
): Promise<OwnRow> {
  const { facts } = await statusOf(server.id)
  const { state, verifiedBy, deliveredBy, ownResult } = facts
  const isFailing = state === 'failing' || ownResult?.failed === true
  return {
    address: settings.senderAddress,
    href: id === '' ? MAIL_SERVERS_PATH : mailServerPath(id),
    badge: isFailing ? (
      <StateBadge state="failing" label={shell('state.failing')} />
    ) : (
      <SenderStateBadge state={verifiedBy || deliveredBy ? 'verified' : 'unverified'} t={t} />
    ),
    result: ownResult && { ...ownResult, revision: server.version },
  }
}

function Nothing({ server, t }: { server: ListedServer | null; t: Translator<'senders'> }) {
  const action = <ButtonLink href={MAIL_SERVERS_PATH}>{t('toMailServer')}</ButtonLink>
  const isUnreadable = server !== null && server.version > 0
  return (
    <EmptyState title={t(isUnreadable ? 'unreadable' : 'noServer')} action={action}>
      {t(isUnreadable ? 'unreadableText' : 'noServerText')}
    </EmptyState>
  )
}

/** Only Exchange says who may send from which address. */
function NotVerified({ t }: { t: Translator<'senders'> }) {
  const action = <ButtonLink href={MAIL_SERVERS_PATH}>{t('toMailServer')}</ButtonLink>
  return (
    <Note kind="info" title={t('smtp')} action={action}>
      {t('smtpText')}
    </Note>
  )
}

function SenderFilter({ query, t }: { query: SendersQuery; t: Translator<'senders'> }) {
  const { server, text, state } = query
  return (
    <FilterForm
      path={SENDERS_PATH}
      label={t('filter.label')}
      layout="row"
      className="mb-4"
      fields={[
        ...(server === '' ? [] : [{ kind: 'hidden' as const, name: 'server', value: server }]),
        ...(state === null ? [] : [{ kind: 'hidden' as const, name: 'state', value: state }]),
        { kind: 'search', name: 'text', label: t('filter.text'), value: text },
      ]}
      submit={t('filter.apply')}
      clear={text === '' ? null : { label: t('filter.clear'), href: sendersPath({ server, state }) }}
    >
      <Filters
        label={t('individual.states')}
        items={[null, ...SENDER_STATES].map((each) => ({
          href: sendersPath({ server, text, state: each }),
          label: each === null ? t('individual.all') : t(`state.${each}`),
          current: each === state,
        }))}
      />
    </FilterForm>
  )
}

function NoIndividual({ query, t }: { query: SendersQuery; t: Translator<'senders'> }) {
  const { server, text, state, after } = query
  const isNarrowed = text !== '' || state !== null || after !== ''
  if (!isNarrowed) return <EmptyState title={t('individual.empty')}>{t('individual.emptyText')}</EmptyState>
  const all = <ButtonLink href={sendersPath({ server })}>{t('filter.clear')}</ButtonLink>
  return <EmptyState title={t('individual.nothing')} action={all} />
}

const addLabels = (t: Translator<'senders'>) => ({
  addresses: t('add.addresses'),
  hint: t('add.addressesHint', { max: ADDED_MAX }),
  way: t('way.choice'),
  ways: SENDER_WAYS.map((value) => ({ value, label: t(`way.${value}-choice`) })),
  send: t('add.button'),
})
