import { CHOSEN_PATH } from '@/app/paths'
import { BulkBar } from '@/components/bulk-bar'
import { Button, ButtonLink } from '@/components/button'
import { type Column, column, Table } from '@/components/table'
import { FactLine, NameLink } from '@/components/text'
import { holderOf } from '@/lib/credentials/views'
import type { ViewContext } from '@/lib/i18n/translations'
import { isMicrosoftHost } from '@/lib/mail-server/microsoft-host'
import type { Dependents } from '../_view/dependents'
import { expiringPath, Owners, StateLabel, slotLabel } from '../_view/labels'
import { AxisHead, axisOf, LifeBar, LifeLegend, lifeOf, previousText } from '../_view/lifetime'
import { monthLabel } from './horizon'
import { type CredentialsQuery, monthOf } from './query'
import { daysOf, type ListContext, lacksDate, nextStepOf, type Row, renewsAt, stepPath } from './rows'

interface TableProps extends ListContext {
  rows: readonly Row[]
  query: CredentialsQuery
  dependents: (mailServerId: string) => Dependents
}

type Col = Column<Row>

/** A few credentials, each with its lifetime on one axis; on a phone, where pictures would make the page too long, with its date. */
export function LifetimeTable(props: TableProps) {
  const { rows, thresholdsDays, now, t } = props
  const lives = new Map(rows.map(({ view }) => [view.id, lifeOf(view, thresholdsDays, props)]))
  const signsInToMicrosoft = ({ view, slots }: Row) =>
    view.kind === 'smtp-password' &&
    typeof slots?.mailServer.host === 'string' &&
    isMicrosoftHost(slots.mailServer.host)
  const axis = axisOf([...lives.values()], now, rows.some(signsInToMicrosoft))
  const lifetime: Col = column(
    <>
      <AxisHead axis={axis} {...props} />
      <span className="sr-only">{t('table.lifetime')}</span>
    </>,
    { share: 'xl:w-[30%]' },
    ({ view }) => {
      const life = lives.get(view.id)
      return (
        <>
          {life && <LifeBar life={life} axis={axis} className="max-sm:hidden sm:-my-2.5 sm:min-w-38" />}
          <span className={lacksDate({ view }) ? 'sr-only' : 'sm:sr-only'}>
            <FactLine>{expiryText(view, props)}</FactLine>
          </span>
        </>
      )
    },
  )
  return (
    <>
      <Table middle caption={t('table.caption')} rows={rows} rowKey={({ view }) => view.id}>
        {() => [
          { ...serverColumn(props), share: 'xl:w-[20%]' },
          { ...stateColumn(props), share: 'xl:w-[14%]' },
          lifetime,
          { ...ownerColumn(props), share: 'xl:w-[19%]' },
          { ...stepColumn(props), share: 'xl:w-[17%]' },
        ]}
      </Table>
      <div className="mt-3 max-sm:hidden">
        <LifeLegend axis={axis} thresholdsDays={thresholdsDays} t={t} />
      </div>
    </>
  )
}

/** What fits on a page of less than 3,000 px, in rows. The heading of a month is half as high as a row. */
const ROWS_MAX = 28

/** Many credentials, grouped by month, with their dates as text. Several can be chosen. */
export function DateTable(props: TableProps) {
  const { rows, query, mayWrite, t } = props
  const isByMonth = query.sort === '' && query.state !== 'previous'
  const isShort = rows.length + new Set(rows.map(monthOf)).size / 2 <= ROWS_MAX
  const isChoosing = mayWrite && query.state !== 'previous'
  const table = (
    <Table
      caption={t('table.caption')}
      rows={rows}
      rowKey={({ view }) => view.id}
      choice={isChoosing && { one: (row) => <Choose row={row} t={t} /> }}
      {...(isByMonth && isShort && { groupOf: (row: Row) => monthLabel(monthOf(row), t) })}
    >
      {(column) => [
        serverColumn(props),
        stateColumn(props),
        column(t('table.left'), { align: 'end', wide: true }, ({ view }) => {
          const days = daysOf(view, props.now)
          return days === null ? '–' : t.number(days)
        }),
        column(t('table.ends'), ({ view }) => {
          const ends = expiryText(view, props)
          // As a fact it could break in a word, like a name.
          const text = ends.includes(' · ') ? <FactLine>{ends}</FactLine> : ends
          // Without a date it is said by the state, too.
          return view.expiresAt || view.carriedBy ? text : <span className="rack-wide">{text}</span>
        }),
        ownerColumn(props),
        stepColumn(props),
      ]}
    </Table>
  )
  if (!isChoosing) return table
  return (
    <form action={CHOSEN_PATH} aria-label={t('chosen.bar')}>
      <BulkBar name={t('chosen.bar')} chosen={t('chosen.count')} list={table}>
        <Button text={t('chosen.replace')} />
        <Button name="to" value="owner" text={t('chosen.assign')} />
      </BulkBar>
    </form>
  )
}

function expiryText(
  { expiresAt, datesDiffer, foundExpiresAt, carriedBy }: Row['view'],
  context: ViewContext<'credentials'>,
): string {
  const { now, t } = context
  if (carriedBy) return previousText(carriedBy, context)
  if (!expiresAt) return t('table.noDate')
  const day = t.clearDay(expiresAt, now)
  return datesDiffer && foundExpiresAt ? `${day} · ${t('ends.differs', { day: t.clearDay(foundExpiresAt, now) })}` : day
}

const Choose = ({ row: { view, slots }, t }: Pick<TableProps, 't'> & { row: Row }) =>
  slots && (
    <input
      type="checkbox"
      name="credential"
      value={view.id}
      aria-label={t('chosen.choose', { server: slots.mailServer.name })}
    />
  )

function serverColumn({ rows, dependents, t }: TableProps): Col {
  return column(t(rows.some(({ slots }) => slots === null) ? 'table.holder' : 'table.server'), ({ view, slots }) => {
    const facts = [
      view.carriedBy ? t('table.newKind', { kind: t(`kind.${view.kind}`) }) : t(`kind.${view.kind}`),
      view.slot !== 'current' && slotLabel(view, t),
      slots && dependents(slots.mailServer.id).isDefault && t('table.default'),
    ]
    return (
      <>
        <NameLink href={expiringPath(view)} name={holderOf(view).name} />{' '}
        <small className="inline sm:block">
          <FactLine wide={holderOf(view).address}>{facts.filter(Boolean).join(' · ')}</FactLine>
        </small>
      </>
    )
  })
}

const stateColumn = ({ t }: TableProps): Col => column(t('table.state'), ({ view }) => <StateLabel view={view} t={t} />)

const ownerColumn = ({ t }: TableProps): Col =>
  column(t('table.owner'), { wide: true }, ({ view }) => <Owners owners={view.owners} none={t('table.noOwner')} />)

/** The next step as a link for who may take it, otherwise what is coming. */
const stepColumn = (props: TableProps): Col =>
  column(props.t('table.next'), { hideLabel: true, align: 'end' }, (row) => (
    <span className="rack-step">
      <Step row={row} {...props} />
    </span>
  ))

export function Step({ row, rotateDaysBefore, mayWrite, ...context }: ListContext & { row: Row }) {
  const { now, t } = context
  const { view } = row
  const step = nextStepOf(row, rotateDaysBefore, now)
  const at = renewsAt(row, rotateDaysBefore, now)
  if (step === 'renews' && at)
    return <span className="text-soft">{t('step.renews', { day: t.clearDay(at, now) })}</span>
  if (step === 'none' || step === 'renews') return <span className="rack-wide text-faint">{t('step.none')}</span>
  const label = mayWrite ? t(`step.${step}`) : t('step.details')
  return (
    <ButtonLink
      small
      href={mayWrite ? stepPath(row, step) : expiringPath(view)}
      label={t('step.of', { step: label, server: holderOf(view).name, kind: t(`kindIn.${view.kind}`) })}
      text={label}
    />
  )
}
