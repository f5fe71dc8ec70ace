import { page } from '@/app/_server/page'
import { CLIENTS_PATH } from '@/app/paths'
import { Note } from '@/components/note'
import { EmptyState, Page, Part } from '@/components/page'
import { PrintButton } from '@/components/print-button'
import { Foreign } from '@/components/text'
import { isUuid } from '@/lib/kernel'
import { services } from '@/lib/services'
import { deviceOf, ServerNotes, SetUpCard } from '../_card/set-up-card'
import { readClientsQuery } from '../_list/query'

const CARDS_MAX = 100

/** The set-up cards of the clients that were chosen in the list, or of all that match its filters, each on a page. Passwords are on none. */
export default page('clients:read', 'clients', async ({ t, query: { all: isAll, client, ...filters } }) => {
  const { clients } = services().submission
  const chosen = [client ?? []].flat().filter(isUuid)
  const { rows, total } =
    isAll === '1'
      ? await clients.listNow(readClientsQuery(filters), { page: 1, size: CARDS_MAX })
      : { rows: chosen.slice(0, CARDS_MAX).map((id) => ({ id })), total: chosen.length }
  const cards = await clients.list(rows.map(({ id }) => id))
  return (
    <Page
      width="text"
      title={t('cards.title')}
      crumbs={[{ label: t('title'), href: CLIENTS_PATH }]}
      actions={cards.length > 0 && <PrintButton label={t('card.print')} />}
    >
      {cards.length === 0 && <EmptyState title={t('cards.none')} link={[CLIENTS_PATH, t('cards.back')]} />}
      {total > CARDS_MAX && <Note kind="warning">{t('cards.most', { max: CARDS_MAX, count: t.number(total) })}</Note>}
      <ServerNotes clients={cards} t={t} />
      <div>
        {cards.map((each) => (
          <div key={each.id} className="not-last:mb-12 print:not-last:mb-0 print:not-last:break-after-page">
            <Part title={<Foreign>{each.name}</Foreign>}>
              <div className="grid gap-5 print:block print:space-y-5">
                <SetUpCard client={each} secret={null} device={deviceOf(each)} t={t} />
              </div>
            </Part>
          </div>
        ))}
      </div>
    </Page>
  )
})
