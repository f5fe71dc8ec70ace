import { ButtonForm } from '@/components/button-form'
import { StatusBadge } from '@/components/state-badge'
import { Table } from '@/components/table'
import { Foreign, Timestamp } from '@/components/text'
import type { PlainAction } from '@/lib/access/signed-out'
import type { SessionView } from '@/lib/accounts/terms'
import type { Translator } from '@/lib/i18n/translations'
import { browserName } from './browser-name'

/** Who is signed in, from where, since when; each with a button that ends it at once. There may be more than these. */
export function SessionTable(props: {
  rows: readonly SessionView[]
  total: number
  currentId: string
  end: PlainAction
  showEmail: boolean
  t: Translator<'people'>
  now: Date
}) {
  const { t, now, rows, total } = props
  return (
    <>
      <Table caption={t('session.caption')} rows={rows} rowKey={(row) => row.id} flush={!props.showEmail}>
        {(column) => [
          props.showEmail && column(t('field.email'), (row) => <Foreign>{row.email}</Foreign>),
          column(t('session.from'), (row) => (
            <>
              <span className="sm:block xl:whitespace-nowrap">{row.userAgent && browserName(row.userAgent)}</span>{' '}
              <Foreign className="font-[400] text-faint">{row.address ?? t('session.unknownAddress')}</Foreign>{' '}
              {row.id === props.currentId && <StatusBadge tone="neutral">{t('session.this')}</StatusBadge>}
            </>
          )),
          column(t('session.since'), { wide: true }, (row) => <Timestamp at={row.createdAt} {...{ now, t }} />),
          column(t('session.seen'), { brief: 'named' }, (row) => <Timestamp at={row.lastSeenAt} {...{ now, t }} />),
          column(
            t('session.end'),
            { hideLabel: true, align: 'end' },
            (row) =>
              row.id !== props.currentId && (
                <ButtonForm
                  action={props.end}
                  hidden={{ session: row.id }}
                  small
                  aria-label={t('session.endLabel', {
                    who: `${props.showEmail ? `${row.email}, ` : ''}${row.address ?? t('session.unknownAddress')}`,
                  })}
                  text={t('session.end')}
                />
              ),
          ),
        ]}
      </Table>
      {total > rows.length && (
        <p className="px-4.5 py-2.5 text-sm text-soft">{t('session.more', { count: total - rows.length })}</p>
      )}
    </>
  )
}
