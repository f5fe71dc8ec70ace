import { page } from '@/app/_server/page'
import { notFound } from '@/app/_server/refusal'
import { ADD_CLIENT_PATH, CLIENTS_PATH, clientPath, DEVICES_PATH, devicePath, withQuery } from '@/app/paths'
import { ButtonLink } from '@/components/button'
import { DataList, pair } from '@/components/data-list'
import { Segments } from '@/components/list-controls'
import { Note } from '@/components/note'
import { Page } from '@/components/page'
import { Panel } from '@/components/panel'
import { Command, TextLink } from '@/components/text'
import type { Translator } from '@/lib/i18n/translations'
import { services } from '@/lib/services'
import type { Client } from '@/lib/submission/client'
import { KNOWN_DEVICES } from '@/lib/submission/devices'
import { entrancesOf, fieldsFor, knownOf } from '@/lib/submission/devices/fill-in'
import type { Entrance } from '@/lib/submission/entrance'
import { entrancesFor } from '@/lib/submission/set-up-card'
import { ListenerOffNote } from '../../parts'
import { FailureTable, FieldList, Sources, SUPPORTS } from '../device-parts'
import { clientIn } from '../query'

/** One device: what to enter on this server, what it prints when it fails, and who says so. */
export default page('clients:read', 'devices', async ({ may, t, texts, id, query }) => {
  const device = KNOWN_DEVICES.find((known) => known.id === id)
  if (!device) notFound()
  const [clients] = texts('clients')
  const { environment, submission } = services()
  const clientId = clientIn(query)
  const named = clientId && (await submission.clients.read(clientId))
  // An API key is nothing that a device can send by SMTP with.
  const client = named && named.way !== 'api-key' ? named : null
  const ports = environment.submission?.ports ?? {}
  const usable = client && entrancesFor(client.way, ports).map(({ entrance }) => entrance)
  const entrances = entrancesOf(device, ports).filter(({ entrance }) => usable?.includes(entrance) ?? true)
  const chosen = entrances.find(({ entrance }) => entrance === query.port) ?? entrances[0]
  const known = {
    ...(chosen && { server: environment.baseUrl.hostname, port: String(chosen.port) }),
    ...(client && knownOf(client)),
  }
  return (
    <Page
      width="text"
      title={device.name}
      description={t.locale !== 'en' && t('inEnglish')}
      crumbs={[
        { label: clients('title'), href: CLIENTS_PATH },
        { label: t('title'), href: DEVICES_PATH },
      ]}
    >
      {environment.submission === null && <ListenerOffNote t={clients} />}
      {environment.submission !== null && !chosen && (
        <Note kind="warning">
          <p>{t.rich('noPort', { command: Command })}</p>
        </Note>
      )}
      {entrances.length > 1 && (
        <Segments
          label={t('port')}
          items={entrances.map(({ entrance, port }) => ({
            href: withQuery(devicePath(device.id), { port: entrance, client: clientId }),
            label: t(`entrance.${entrance}`, { port: String(port) }),
            current: entrance === chosen?.entrance,
          }))}
        />
      )}
      <Panel title={t('enter')}>
        <FieldList
          path={device.settings.path}
          fields={fieldsFor(device, chosen?.entrance ?? 'starttls', known)}
          t={t}
        />
        <FilledFor client={client} entrance={chosen?.entrance} mayAdd={may('clients:write')} t={t} />
      </Panel>
      <Notes notes={device.settings.notes} t={t} />
      {device.failures.length > 0 && (
        <Panel title={t('failures')} flush>
          <FailureTable failures={device.failures} t={t} />
        </Panel>
      )}
      <Panel title={t('supports')}>
        <DataList items={SUPPORTS.map((key) => pair(t(key), t(`support.${device.supports[key]}`)))} />
      </Panel>
      <Panel title={t('sources')}>
        <Sources device={device} t={t} />
      </Panel>
    </Page>
  )
})

function Notes({ notes, t }: { notes: readonly string[]; t: Translator<'devices'> }) {
  if (notes.length === 0) return null
  return (
    <Panel title={t('notes')}>
      <ul lang="en" className="grid list-disc gap-1.5 pl-4.5">
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </Panel>
  )
}

/** The client whose values are filled in, or that a client is needed. */
function FilledFor(props: {
  client: Client | null
  entrance: Entrance | undefined
  mayAdd: boolean
  t: Translator<'devices'>
}) {
  const { client, entrance, mayAdd, t } = props
  return (
    <>
      <p className="mt-3 text-sm text-soft">
        {client ? (
          <TextLink href={clientPath(client.id)}>{t('filledFor', { name: client.name })}</TextLink>
        ) : (
          t(entrance === 'plain' ? 'clientPlain' : 'client')
        )}
      </p>
      {!client && mayAdd && (
        <p className="mt-3">
          <ButtonLink href={ADD_CLIENT_PATH} text={t('add')} />
        </p>
      )}
    </>
  )
}
