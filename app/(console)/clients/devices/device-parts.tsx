import { Fragment } from 'react'
import { devicePath, withQuery } from '@/app/paths'
import { DataList, pair } from '@/components/data-list'
import { Table } from '@/components/table'
import { Foreign, Link, PlainLink } from '@/components/text'
import type { Translator } from '@/lib/i18n/translations'
import type { FilledField, Piece } from '@/lib/submission/devices/fill-in'
import type { Device } from '@/lib/submission/devices/schema'
import { REFUSALS, type RefusalCode } from '@/lib/submission/refusal'

type T = Translator<'devices'>

export const SUPPORTS = ['starttls', 'tls', 'loginPlain', 'oauth2'] as const

export function DeviceTable(props: {
  devices: readonly Device[]
  /** ID of the client that the links fill in. */
  client: string | null
  t: T
}) {
  const { devices, client, t } = props
  return (
    <Table caption={t('caption')} rows={devices} rowKey={({ id }) => id} narrow="run">
      {(column) => [
        column(t('device'), ({ id, name }) => (
          <Link href={withQuery(devicePath(id), { client })} className="rack-name" lang="en">
            {name}
          </Link>
        )),
        column(t('filter.kind'), ({ kind }) => t(`kind.${kind}`)),
        ...SUPPORTS.map((key) =>
          column(t(key), { wide: true }, ({ supports }) => (
            <span className={supports[key] === 'unknown' ? 'text-faint' : ''}>{t(`support.${supports[key]}`)}</span>
          )),
        ),
      ]}
    </Table>
  )
}

/** Where the setting is, and what to enter in each field. The device's own words are English. */
export function FieldList({ path, fields, t }: { path: readonly string[]; fields: readonly FilledField[]; t: T }) {
  return (
    <>
      <p className="mb-2 text-sm">
        <span className="text-faint">{t('where')}: </span>
        {path.length > 0 ? (
          <b lang="en" className="font-[550] wrap-anywhere">
            {path.join(' → ')}
          </b>
        ) : (
          t('whereUnknown')
        )}
      </p>
      <div lang="en">
        <DataList
          items={fields.map(({ field, pieces }) =>
            pair(
              field,
              pieces.map((piece, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text
                <Fragment key={index}>{pieceOf(piece, t)}</Fragment>
              )),
              'mono',
            ),
          )}
        />
      </div>
    </>
  )
}

const pieceOf = (piece: Piece, t: T) =>
  typeof piece === 'string' ? (
    <Foreign>{piece}</Foreign>
  ) : (
    <var lang={t.locale} className="text-soft not-italic">
      ‹{t(`placeholder.${piece.placeholder}`)}›
    </var>
  )

/** What it prints, what that means here, and which of our replies cause it. */
export function FailureTable({ failures, t }: { failures: Device['failures']; t: T }) {
  return (
    <Table caption={t('failuresCaption')} rows={failures} rowKey={({ prints }) => prints} flush narrow="cards">
      {(column) => [
        column(t('prints'), ({ prints }) => (
          <code lang="en" className="font-mono text-xs wrap-anywhere">
            {prints}
          </code>
        )),
        column(t('means'), ({ means }) => <span lang="en">{means}</span>),
        column(t('reply'), ({ refusals }) =>
          refusals.length === 0 ? (
            <span className="text-faint">{t('noReply')}</span>
          ) : (
            <span className="font-mono text-xs">{repliesOf(refusals).join(', ')}</span>
          ),
        ),
      ]}
    </Table>
  )
}

const repliesOf = (codes: readonly RefusalCode[]): string[] => [
  ...new Set(codes.map((code) => `${REFUSALS[code].smtp} ${REFUSALS[code].enhanced}`)),
]

export const Sources = ({ device, t }: { device: Device; t: T }) => (
  <>
    <ul lang="en" className="grid gap-2 text-sm">
      {device.sources.map(({ url, says }) => (
        <li key={url}>
          {says}{' '}
          <PlainLink href={url} className="wrap-anywhere" isExternal>
            {new URL(url).hostname}
          </PlainLink>
        </li>
      ))}
    </ul>
    <p className="mt-3 text-sm text-faint">{t('checked', { date: t.isoDay(device.checked) })}</p>
  </>
)
