import { requireFresh, requireSession } from '@/app/_server/caller'
import { page } from '@/app/_server/page'
import { API_HELP_PATH, CLIENTS_PATH, clientCardPath, clientPath, DEVICES_PATH, withQuery } from '@/app/paths'
import { ButtonLink } from '@/components/button'
import { Segments } from '@/components/list-controls'
import { Page } from '@/components/page'
import { PrintButton } from '@/components/print-button'
import { services } from '@/lib/services'
import { DEVICES } from '@/lib/submission/set-up-card'
import { deviceOf, ServerNotes, SetUpCard } from '../../_card/set-up-card'
import { requestedClient } from '../requested-client'

/**
 * What to enter in the device or program, for printing. The password is on it only while it is shown once, and then an old session confirms
 * first.
 */
export default page('clients:read', 'clients', async ({ caller, t, texts, id, query: { for: wanted } }) => {
  const [devices, submission] = texts('devices', 'submission')
  const client = await requestedClient(id)
  const notice = await services().signIn.notice(caller.actor.id)
  const secret = notice?.kind === 'client-secret' && notice.clientId === client.id ? notice.secret : null
  const device = DEVICES.find((known) => known === wanted) ?? deviceOf(client)
  if (secret !== null)
    await requireFresh((await requireSession()).session, withQuery(clientCardPath(client.id), { for: device }))
  const isApi = client.way === 'api-key'
  return (
    <Page
      width="text"
      title={t('card.title')}
      documentTitle={`${client.name}: ${t('card.title')}`}
      crumbs={[
        { label: t('title'), href: CLIENTS_PATH },
        { label: client.name, href: clientPath(client.id) },
      ]}
      actions={
        <>
          {isApi ? (
            <ButtonLink kind="quiet" icon="help" href={API_HELP_PATH} text={submission('api.link')} />
          ) : (
            <ButtonLink
              kind="quiet"
              icon="grid"
              href={withQuery(DEVICES_PATH, { client: client.id })}
              text={devices('more')}
            />
          )}
          <PrintButton label={t('card.print')} />
        </>
      }
    >
      {!isApi && (
        <Segments
          label={t('card.for')}
          items={DEVICES.map((each) => ({
            href: withQuery(clientCardPath(client.id), { for: each }),
            label: t(`card.device.${each}`),
            current: each === device,
          }))}
        />
      )}
      <SetUpCard {...{ client, secret, device, t }} />
      <ServerNotes way={client.way} t={t} />
    </Page>
  )
})
