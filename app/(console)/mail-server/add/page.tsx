import { page } from '@/app/_server/page'
import { MAIL_SERVERS_PATH } from '@/app/paths'
import { Page } from '@/components/page'
import { Panel } from '@/components/panel'
import { SettingsForm } from '../../_form/settings-form'
import { addServerAction } from '../_view/manage-actions'
import { NameInput } from '../_view/manage-forms'

export default page('mail-server:write', 'mail-server', async ({ t }) => (
  <Page width="text" title={t('servers.add')} crumbs={[{ label: t('servers.title'), href: MAIL_SERVERS_PATH }]}>
    <Panel>
      <p className="mb-4 text-soft">{t('servers.addText')}</p>
      <SettingsForm action={addServerAction} isShort submit={t('servers.addButton')} className="grid max-w-md gap-3">
        <NameInput name="" t={t} />
      </SettingsForm>
    </Panel>
  </Page>
))
