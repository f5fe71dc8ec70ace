import { devicePath, withQuery } from '@/app/paths'
import { Table } from '@/components/table'
import { TextLink } from '@/components/text'
import type { Translator } from '@/lib/i18n/translations'
import type { Device } from '@/lib/submission/devices/schema'

/** One row for each device. */
export function DeviceTable(props: {
  devices: readonly Device[]
  /** ID of the client that the links fill in. */
  client: string | null
  t: Translator<'devices'>
}) {
  const { devices, client, t } = props
  const supports = (['starttls', 'tls', 'loginPlain', 'oauth2'] as const).map((key) => ({
    wide: true as const,
    label: t(key),
    cell: (device: Device) => (
      <span className={device.supports[key] === 'unknown' ? 'text-faint' : ''}>
        {t(`support.${device.supports[key]}`)}
      </span>
    ),
  }))
  return (
    <Table
      boxed
      narrow="run"
      caption={t('caption')}
      rows={devices}
      rowKey={({ id }) => id}
      columns={[
        {
          label: t('device'),
          cell: ({ id, name }) => (
            <TextLink href={withQuery(devicePath(id), { client })} lang="en">
              {name}
            </TextLink>
          ),
        },
        { label: t('filter.kind'), cell: ({ kind }) => t(`kind.${kind}`) },
        ...supports,
      ]}
    />
  )
}
