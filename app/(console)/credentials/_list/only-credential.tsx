import { credentialPath, mailServerPath } from '@/app/paths'
import { ButtonLink } from '@/components/button'
import { Fact, Facts } from '@/components/data-list'
import { Panel } from '@/components/panel'
import { Foreign, Link } from '@/components/text'
import { nextThreshold, reachOf } from '@/lib/credentials/reminders/plan'
import { hasNoExpiry, LatestProbe, Owners, StateLabel } from '../_view/labels'
import { AxisHead, axisOf, LifeBar, LifeLegend, lifeOf } from '../_view/lifetime'
import { Step } from './credential-table'
import { type CredentialRow, type ListContext, needsYou, nextStepOf } from './rows'

type OnlyProps = ListContext & { row: CredentialRow }

/** The one credential of the console: its lifetime, four facts and the ways to replace it, instead of a table of one row. */
export function OnlyCredential(props: OnlyProps) {
  const { row, thresholdsDays, t } = props
  const { view } = row
  const life = lifeOf(view, thresholdsDays, props)
  const axis = axisOf([life], props.now)
  return (
    <Panel
      title={
        <Link href={credentialPath(view.id)} className="py-1 hover:underline">
          <Foreign>{view.mailServer.name}</Foreign>
        </Link>
      }
      description={
        <>
          <StateLabel view={view} t={t} /> {t(`kind.${view.kind}`)}&nbsp;·{' '}
          <Foreign>{view.mailServer.senderAddress}</Foreign>
        </>
      }
      flush
    >
      {life.until && (
        <div className="grid gap-2 px-4.5 pb-4">
          <AxisHead axis={axis} {...props} />
          <LifeBar life={life} axis={axis} height={44} />
          <LifeLegend axis={axis} thresholdsDays={thresholdsDays} t={t} />
        </div>
      )}
      <OnlyFacts {...props} />
      <Ways {...props} />
    </Panel>
  )
}

function OnlyFacts({ row: { view }, thresholdsDays, channels, ...context }: OnlyProps) {
  const { now, t } = context
  const { expiresAt, daysLeft } = view
  const next = expiresAt && nextThreshold(expiresAt, thresholdsDays, now)
  const remaining = daysLeft !== null && t(daysLeft < 0 ? 'only.ago' : 'only.in', { days: Math.abs(daysLeft) })
  return (
    <Facts className="border-t border-line">
      <Fact
        term={t('one.expiry')}
        value={remaining || t(hasNoExpiry(view) ? 'state.endless' : 'state.date-unknown')}
        about={expiresAt && t.longDate(expiresAt)}
      />
      <Fact term={t('one.check')} value={<LatestProbe view={view} {...context} />} />
      <Fact
        term={t('only.reminder')}
        value={next ? t.clearDate(next.at, now) : t('only.noReminder')}
        about={next && t('only.ahead', { days: next.thresholdDays, channels: reachOf(channels, view) })}
      />
      <Fact
        term={t('table.owner')}
        value={<Owners owners={view.owners} none={t('table.noOwner')} />}
        about={view.owners.length > 0 && t('one.ownerNote', { count: view.owners.length })}
      />
    </Facts>
  )
}

/** Ordinary buttons, since nothing is due; what is due has a ticket with its next step, and a replacement is continued. */
function Ways(props: OnlyProps) {
  const { row, rotateDaysBefore, mayWrite, now } = props
  if (!mayWrite || needsYou(row)) return null
  const isUnderWay = ['see', 'finish', 'compare'].includes(nextStepOf(row, rotateDaysBefore, now))
  return (
    <div className="buttons no-print border-t border-line px-4.5 py-3.5">
      {isUnderWay ? <Step {...props} /> : <ReplaceLinks {...props} />}
    </div>
  )
}

function ReplaceLinks({ row: { view, slots }, t }: OnlyProps) {
  const about = (label: string) => ({
    label: t('step.of', { step: label, server: view.mailServer.name, kind: t(`kindIn.${view.kind}`) }),
    text: label,
  })
  if (slots.mailServer.type === 'smtp')
    return <ButtonLink href={mailServerPath(slots.mailServer.id)} {...about(t('step.password'))} />
  const replace = `${credentialPath(view.id)}?replace`
  return (
    <>
      <ButtonLink href={`${replace}=1#replace`} {...about(t('flow.open'))} />
      {view.kind === 'client-secret' && (
        <ButtonLink kind="quiet" href={`${replace}=certificate#replace`} {...about(t('ways.certificate'))} />
      )}
    </>
  )
}
