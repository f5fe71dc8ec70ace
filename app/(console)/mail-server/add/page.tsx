import { page } from '@/app/_server/page'
import { MAIL_SERVERS_PATH } from '@/app/paths'
import { Page, Panel } from '@/components/page'
import { NameForm } from '../_server/name-form'

/** Adds another mail server by its name. */
export default page('mail-server:write', 'mail-server', async ({ t }) => (
  <Page width="text" title={t('servers.add')} crumbs={[{ label: t('servers.title'), href: MAIL_SERVERS_PATH }]}>
    <Panel>
      <p className="mb-4 text-soft">{t('servers.addText')}</p>
      <NameForm
        server={null}
        name=""
        labels={{ label: t('servers.name'), hint: t('servers.nameHint'), send: t('servers.addButton') }}
      />
    </Panel>
  </Page>
))
