import { ManagementPanels } from '@/app/_form/management'
import { page } from '@/app/_server/page'
import { notFound } from '@/app/_server/refusal'
import { MAIL_SERVERS_PATH, mailServerPath } from '@/app/paths'
import { Page } from '@/components/page'
import { managementOf } from '../../_server/manage-forms'
import { serverInPath } from '../../_server/requested-server'
import { ServerFlash } from '../../_server/server-frame'

/** The forms behind the menu of a mail server, for readers without scripts. */
export default page('mail-server:write', 'mail-server', async ({ t, id, query }) => {
  const { server, servers } = await serverInPath(id)
  if (!server) notFound()
  return (
    <Page
      width="text"
      title={t('servers.manage')}
      documentTitle={server.name}
      crumbs={[
        { label: t('servers.title'), href: MAIL_SERVERS_PATH },
        { label: server.name, href: mailServerPath(server.id) },
      ]}
    >
      <ServerFlash query={query} t={t} />
      <ManagementPanels all={managementOf({ server, servers, t })} />
    </Page>
  )
})
