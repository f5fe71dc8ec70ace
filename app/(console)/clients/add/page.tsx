import { page } from '@/app/_server/page'
import { ADD_CLIENT_PATH, BASIC_AUTH_PATH, CLIENTS_PATH, LEARNING_PATH, withQuery } from '@/app/paths'
import { textIn } from '@/app/search-params'
import { Page } from '@/components/page'
import { Panel, Part } from '@/components/panel'
import { Link } from '@/components/text'
import type { Translator } from '@/lib/i18n/translations'
import { services } from '@/lib/services'
import { CLIENT_WAYS, type ClientWay } from '@/lib/submission/client'
import { ClientFields } from '../_form/client-fields'
import { ClientForm, type ClientFormLabels } from '../_form/client-form'
import { proposedFields, wayIn } from '../_form/form-data'
import { ListenerOffNote } from '../parts'

/** First the way in which a client proves who it is, then its settings. The address may propose values. */
export default page('clients:write', 'clients', async ({ t, texts, query }) => {
  const way = wayIn(query.way)
  const from = { moving: textIn(query, 'moving'), learning: textIn(query, 'learning') }
  const [basicAuth] = texts('basic-auth')
  const fields = proposedFields(query, way ?? 'login')
  return (
    <Page
      width="text"
      title={t('add.title')}
      // Screen readers say the title after a way was chosen.
      documentTitle={way ? `${t(`add.${way}.title`)}: ${t('add.title')}` : undefined}
      crumbs={[
        { label: t('title'), href: CLIENTS_PATH },
        ...(from.moving ? [{ label: basicAuth('title'), href: BASIC_AUTH_PATH }] : []),
        ...(from.learning ? [{ label: t('learning.title'), href: LEARNING_PATH }] : []),
      ]}
    >
      {services().environment.submission === null && way !== 'api-key' && <ListenerOffNote t={t} />}
      <Part title={t('add.way')}>
        <WayLinks current={way} fields={fields} from={from} t={t} />
      </Part>
      {way && (
        <Panel title={`${t('one.settings')}: ${t(`add.${way}.title`)}`}>
          <ClientForm
            hidden={{ way, ...from }}
            way={way}
            submit={t('add.button')}
            labels={t.raw('form') as ClientFormLabels}
          >
            <ClientFields fields={fields} way={way} t={t} />
          </ClientForm>
        </Panel>
      )}
    </Page>
  )
})

/** One card for each way; a link, so that it works without scripts. What the address proposes stays. */
function WayLinks(props: {
  current: ClientWay | null
  fields: ReturnType<typeof proposedFields>
  /** The list that the way leads back to: with a sender of the migration list, which the new client is linked to, or learning mode. */
  from: { moving: string; learning: string }
  t: Translator<'clients'>
}) {
  const { current, from, t } = props
  const { name, senders, networks } = props.fields
  return (
    <ul className="grid gap-3 sm:grid-cols-3">
      {CLIENT_WAYS.map((way) => (
        <li key={way}>
          <Link
            href={withQuery(ADD_CLIENT_PATH, { way, name, senders, networks, ...from })}
            data-keeps=""
            aria-current={way === current ? 'true' : undefined}
            className="block h-full rounded-lg border border-edge bg-raised px-4 py-3 shadow-1 hover:border-accent aria-[current]:border-accent aria-[current]:bg-accent-wash"
          >
            <span className="block font-[600]">{t(`add.${way}.title`)}</span>
            <span className="block text-sm text-soft">{t(`add.${way}.text`)}</span>
          </Link>
        </li>
      ))}
    </ul>
  )
}
