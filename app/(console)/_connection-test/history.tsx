import { testReportPath } from '@/app/paths'
import { Pagination } from '@/components/list-controls'
import { StatusBadge } from '@/components/state-badge'
import { Table } from '@/components/table'
import { Foreign, Link, Timestamp } from '@/components/text'
import { faultTitle } from '@/lib/diagnosis'
import type { Translator, ViewContext } from '@/lib/i18n/translations'
import type { TestSummary } from '@/lib/mail-server/store/test-runs'

const TONE = { accepted: 'good', ready: 'info', failed: 'bad' } as const

function serverOf(settings: TestSummary['settings'], t: Translator<'mail-server'>) {
  if (settings === null) return <span className="text-faint">{t('history.incomplete')}</span>
  return settings.type === 'smtp' ? <Foreign>{settings.host}</Foreign> : 'Exchange Online'
}

export function TestTable(
  props: ViewContext<'mail-server'> & {
    rows: readonly TestSummary[]
    /** Addresses of the neighbouring pages. */
    before: string | null
    after: string | null
  },
) {
  const { now, t, rows, before, after } = props
  return (
    <>
      <Table caption={t('history.caption')} rows={rows} rowKey={({ id }) => id} flush>
        {(column) => [
          column(t('history.when'), ({ id, startedAt }) => (
            <Link href={testReportPath(id)} className="rack-name">
              <Timestamp at={startedAt} now={now} t={t} />
            </Link>
          )),
          column(t('history.result'), ({ outcome, diagnosisCode }) => (
            <div className="grid justify-items-start gap-0.5">
              <StatusBadge tone={TONE[outcome]}>{t(`history.${outcome}`)}</StatusBadge>
              {diagnosisCode !== null && (
                <>
                  <span>{faultTitle(diagnosisCode, t.locale)}</span>
                  <code className="font-mono text-xs wrap-anywhere text-soft">{diagnosisCode}</code>
                </>
              )}
            </div>
          )),
          column(t('history.who'), { brief: 'named' }, ({ startedBy }) => <Foreign>{t.actor(startedBy)}</Foreign>),
          column(t('history.what'), { brief: 'named' }, ({ settings, asSender }) => (
            <div className="grid justify-items-start gap-0.5">
              {serverOf(settings, t)}
              {asSender !== null && (
                <span className="text-xs text-soft">{t('history.asSender', { address: asSender })}</span>
              )}
            </div>
          )),
          column(t('history.to'), { brief: 'named' }, ({ recipient }) => <Foreign>{recipient}</Foreign>),
          column(t('history.duration'), { brief: 'named', align: 'end' }, ({ durationMs }) => t.duration(durationMs)),
        ]}
      </Table>
      <Pagination t={(key) => t(`history.${key}`)} newer={before} older={after} />
    </>
  )
}
