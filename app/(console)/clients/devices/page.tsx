import { page } from '@/app/_server/page'
import { pageIn, pageOf } from '@/app/paging'
import { DEVICES_PATH, withQuery } from '@/app/paths'
import { EmptyState } from '@/components/answer'
import { choicesOf, Facets, Pagination, SearchBox, SelectFacet } from '@/components/list-controls'
import { Page } from '@/components/page'
import { KNOWN_DEVICES } from '@/lib/submission/devices'
import { DEVICE_KINDS } from '@/lib/submission/devices/schema'
import { clientTabs } from '../parts'
import { DeviceTable } from './device-parts'
import { readDevicesQuery, selectedDevices } from './query'

/** Devices and programs that are known to send mail by SMTP, with what they support. */
export default page('clients:read', 'devices', async ({ may, t, texts, query: parameters }) => {
  const [clients] = texts('clients')
  const query = readDevicesQuery(parameters)
  const description = t.locale === 'en' ? t('detail') : `${t('detail')} ${t('inEnglish')}`
  const devices = selectedDevices(KNOWN_DEVICES, query)
  const link = (page: number) => withQuery(DEVICES_PATH, { ...query, page: String(page) })
  const { rows, before, after } = pageOf(devices, pageIn(parameters), link)
  const shared = { path: DEVICES_PATH, query, t }
  return (
    <Page
      title={clients('title')}
      documentTitle={t('title')}
      {...clientTabs(clients, 'devices', may)}
      description={description}
    >
      <Facets results={t.number(devices.length)}>
        <SelectFacet {...shared} name="kind" options={choicesOf(DEVICE_KINDS, (value) => t(`kind.${value}`))} />
        <SearchBox {...shared} label={t('filter.text')} value={query.text} />
      </Facets>
      {devices.length > 0 ? (
        <DeviceTable devices={rows} client={query.client} t={t} />
      ) : (
        <EmptyState title={t('nothing')} link={[DEVICES_PATH, t('filter.clearAll')]} />
      )}
      <Pagination t={t} newer={before} older={after} />
    </Page>
  )
})
