import { CodeBlock } from '@/components/code-block'
import { DataList, pair } from '@/components/data-list'
import { Note } from '@/components/note'
import { Panel } from '@/components/panel'
import { Steps } from '@/components/steps'
import { Command, Foreign } from '@/components/text'
import type { Translator } from '@/lib/i18n/translations'
import { services } from '@/lib/services'
import type { Client } from '@/lib/submission/client'
import { curlExample, type Device, entrancesFor, exampleFor, senderFor } from '@/lib/submission/set-up-card'
import { MadeUpSender, SenderToEnter } from './sender'

const LOOPBACK = ['127.0.0.1', '::1', 'localhost']

/** What a client most likely is. */
export const deviceOf = ({ kind }: Pick<Client, 'kind'>): Device => (kind === 'printer' ? 'printer' : 'python')

/** What to enter in the device or program, and how to test it. Without the secret there is a line to write it on. */
export function SetUpCard(props: { client: Client; secret: string | null; device: Device; t: T }) {
  const { client, secret, device, t } = props
  const { baseUrl, submission: place } = services().environment
  const entrances = entrancesFor(client.way, place?.ports ?? {})
  const isApi = client.way === 'api-key'
  const [entrance] = entrances
  const [host, sender] = [baseUrl.hostname, senderFor(client)]
  const example = isApi
    ? curlExample(baseUrl.origin, client, secret)
    : entrance && exampleFor(device, { ...entrance, host, login: client.login, sender })
  return (
    <>
      {!isApi && entrances.length === 0 && (
        <Note kind="warning">
          <p>{t.rich(client.way === 'login' ? 'card.noPort.login' : 'card.noPort.network', { command: Command })}</p>
        </Note>
      )}
      <Panel title={t('card.enter')} aside={client.place && <Foreign>{client.place}</Foreign>}>
        <DataList
          items={[
            pair(t('card.address'), isApi && `${baseUrl.origin}/api/v1`),
            ...(isApi ? [] : serverItems({ client, host, entrances, t })),
            ...signInItems({ client, secret, t }),
            pair(t('card.sender'), <SenderToEnter client={client} t={t} />),
          ]}
        />
        {client.way === 'login' && place?.certificate === null && (
          <p className="mt-3 text-sm text-soft">{t('card.selfMade')}</p>
        )}
      </Panel>
      {isApi && !example && <Note kind="warning">{t('card.patternsOnly')}</Note>}
      {example && (
        <Panel title={t('card.example')}>
          <CodeBlock title={example.file} text={example.text} />
          {(client.way === 'login' || (isApi && secret === null)) && (
            <p className="mt-2 text-sm text-soft">
              {t.rich(isApi ? 'card.exampleKey' : 'card.exampleText', { command: Command })}
            </p>
          )}
          <MadeUpSender client={client} t={t} />
        </Panel>
      )}
      <Panel title={t('card.test')}>
        <Steps steps={t.list('card.steps', { client: client.name, address: baseUrl.origin })} />
      </Panel>
    </>
  )
}

/** What an administrator does once for all clients. It is not printed, because the card is for those who set up the device. */
export function ServerNotes({ way, t }: Pick<Client, 'way'> & { t: T }) {
  const { submission: place } = services().environment
  const certificate = place?.certificate === null && way === 'login'
  const loopback = place && LOOPBACK.includes(place.listen) && way !== 'api-key'
  if (!certificate && !loopback) return null
  return (
    <Note kind="info" className="print:hidden">
      {certificate && <p>{t.rich('card.certificateFile', { command: Command })}</p>}
      {loopback && <p>{t.rich('card.loopback', { command: Command })}</p>}
    </Note>
  )
}

type T = Translator<'clients'>

function serverItems(props: { client: Client; host: string; entrances: ReturnType<typeof entrancesFor>; t: T }) {
  const { client, host, entrances, t } = props
  return [
    pair(t('card.server'), host),
    pair(
      t('card.ports'),
      entrances.map(({ entrance, port }) => (
        <span key={entrance} className="block">
          {t(`card.entrance.${entrance}`, { port: String(port) })}
        </span>
      )),
    ),
    pair(t('card.auth'), client.way === 'network' && t('card.noLogin', { networks: client.networks.join(', ') })),
  ]
}

/** User name and password or key. Without the secret there is a line to write it on. */
function signInItems({ client, secret, t }: { client: Client; secret: string | null; t: T }) {
  const { way, login } = client
  if (way === 'network') return []
  const value = secret ?? (
    <>
      <span className="block h-7 border-b border-control" />
      <span className="text-xs text-faint">{t('card.writeIn')}</span>
    </>
  )
  return [
    pair(t('card.login'), login, 'mono'),
    pair(t(way === 'api-key' ? 'card.key' : 'card.password'), value, secret !== null && 'mono'),
  ]
}
