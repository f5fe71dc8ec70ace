import { page } from '@/app/_server/page'
import { CLIENTS_PATH } from '@/app/paths'
import { Note } from '@/components/note'
import { EmptyState, Page, Part } from '@/components/page'
import { PrintButton } from '@/components/print-button'
import { Foreign } from '@/components/text'
import { deviceOf, ServerNotes, SetUpCard } from '../_card/set-up-card'
import { inFull, matchingClients } from '../_list/matching'

const CARDS_MAX = 100

/** The set-up cards of the clients that were chosen in the list, or of all that match its filters, each on a page. Passwords are on none. */
export default page('clients:read', 'clients', async ({ t, query: { all: isAll, client, ...filters } }) => {
  const { all, inState } = await matchingClients(filters)
  const ids = [client ?? []].flat()
  const wanted = isAll === '1' ? inState : all.filter(({ id }) => ids.includes(id))
  const cards = await inFull(wanted.slice(0, CARDS_MAX))
  return (
    <Page
      width="text"
      title={t('cards.title')}
      crumbs={[{ label: t('title'), href: CLIENTS_PATH }]}
      actions={cards.length > 0 && <PrintButton label={t('card.print')} />}
    >
      {cards.length === 0 && <EmptyState title={t('cards.none')} link={[CLIENTS_PATH, t('cards.back')]} />}
      {wanted.length > CARDS_MAX && (
        <Note kind="warning">{t('cards.most', { max: CARDS_MAX, count: t.number(wanted.length) })}</Note>
      )}
      <ServerNotes clients={cards.map(({ client }) => client)} t={t} />
      <div>
        {cards.map((each) => (
          <div key={each.client.id} className="not-last:mb-12 print:not-last:mb-0 print:not-last:break-after-page">
            <Part title={<Foreign>{each.client.name}</Foreign>}>
              <div className="grid gap-5 print:block print:space-y-5">
                <SetUpCard client={each.client} secret={null} device={deviceOf(each.client)} t={t} />
              </div>
            </Part>
          </div>
        ))}
      </div>
    </Page>
  )
})
