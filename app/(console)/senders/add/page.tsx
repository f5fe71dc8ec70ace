import { page } from '@/app/_server/page'
import { notFound } from '@/app/_server/refusal'
import { sendersPath } from '@/app/paths'
import { Page, Panel } from '@/components/page'
import { ADDED_MAX } from '@/lib/mail-server/senders/change'
import { AddForm } from '../add-form'
import { wayOptions } from '../form-data'
import { readSendersQuery, requestedServer } from '../query'

/** Adds senders, and explains the two ways in which they sign in. */
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
        <AddForm
          server={server.id}
          labels={{
            addresses: t('add.addresses'),
            hint: t('add.addressesHint', { max: ADDED_MAX }),
            way: t('way.choice'),
            ways: wayOptions(t),
            send: t('add.button'),
          }}
        />
      </Panel>
    </Page>
  )
})
