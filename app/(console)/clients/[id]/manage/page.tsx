import { RefusalMessage } from '@/app/_form/flash-message'
import { ManagementPanels } from '@/app/_form/management'
import { page } from '@/app/_server/page'
import { CLIENTS_PATH, clientPath } from '@/app/paths'
import { Page } from '@/components/page'
import { managementOf } from '../manage-forms'
import { requestedClient } from '../requested-client'

/** The forms behind the menu of a client, for readers without scripts. */
export default page('clients:write', 'clients', async ({ t, id, query: { refused } }) => {
  const client = await requestedClient(id)
  return (
    <Page
      width="text"
      title={t('manage.title')}
      documentTitle={`${client.name}: ${t('manage.title')}`}
      crumbs={[
        { label: t('title'), href: CLIENTS_PATH },
        { label: client.name, href: clientPath(client.id) },
      ]}
    >
      <RefusalMessage refused={refused} />
      <ManagementPanels all={managementOf(client, t)} />
    </Page>
  )
})
