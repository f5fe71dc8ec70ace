import { FormRadios, FormTextArea } from '@/app/_form/form-input'
import { page } from '@/app/_server/page'
import { notFound } from '@/app/_server/refusal'
import { CHECK_SENDERS_PATH, sendersPath } from '@/app/paths'
import { Page } from '@/components/page'
import { Panel } from '@/components/panel'
import { ADDED_MAX } from '@/lib/mail-server/senders/change'
import { SettingsForm } from '../../_form/settings-form'
import { addSendersAction } from '../actions'
import { readSendersQuery, requestedServer, wayOptions } from '../form-data'

export default page('mail-server:write', 'senders', async ({ t, query }) => {
  const chosen = await requestedServer(readSendersQuery(query).server)
  if (chosen?.server.settings?.type !== 'exchange-online-oauth2') notFound()
  const { server, id } = chosen
  return (
    <Page
      width="text"
      title={t('add.title')}
      crumbs={[
        { label: t('title'), href: sendersPath({ server: id }) },
        ...(id === '' ? [] : [{ label: server.name }]),
      ]}
    >
      <Panel>
        <p className="mb-5 text-soft">{t('add.text')}</p>
        <SettingsForm
          action={addSendersAction}
          hidden={{ server: server.id }}
          isShort
          guarded
          check={CHECK_SENDERS_PATH}
          labels={{ addresses: t('add.addresses') }}
          submit={t('add.button')}
        >
          <FormTextArea
            name="addresses"
            label={t('add.addresses')}
            hint={t('add.addressesHint', { max: ADDED_MAX })}
            rows={5}
            className="max-w-[32rem]"
          />
          <FormRadios name="way" legend={t('way.choice')} defaultValue="send-as" options={wayOptions(t)} />
        </SettingsForm>
      </Panel>
    </Page>
  )
})
