import { APPLICATIONS_PATH, MAIL_SERVERS_PATH } from '@/app/paths'
import { PlainForm } from '@/components/action-form'
import { Button } from '@/components/button'
import { ButtonForm } from '@/components/button-form'
import { ButtonLink } from '@/components/button-link'
import { CodeBlock } from '@/components/code-block'
import { Fold } from '@/components/fold'
import { Hidden } from '@/components/hidden'
import { Note } from '@/components/note'
import { Panel } from '@/components/panel'
import { Refresh } from '@/components/refresh'
import { absoluteTime, Timestamp } from '@/components/timestamp'
import type { InventoryView } from '@/lib/credentials/inventory/list'
import type { InventoryFaultNote, InventoryRight } from '@/lib/credentials/inventory/types'
import type { ViewContext } from '@/lib/i18n/translations'
import { checkAction, readAction, switchAction } from './actions'

interface ReadingProps extends ViewContext<'inventory'> {
  view: InventoryView
  may: { write: boolean; test: boolean }
}

const REFRESH_SECONDS = 4

/** Whether all app registrations are read, with which permission, and the progress of reading. */
export function ReadingPart(props: ReadingProps) {
  const { view, may, t } = props
  const { watch, reader, run } = view
  const right = newsOfRight(view)
  const lacks = [right?.fault, run?.fault].some((fault) => fault?.code === 'not-permitted')
  return (
    <Panel
      id="reading"
      title={t('reading.title')}
      description={watch.inventory && t('reading.isOn')}
      className="no-print"
    >
      <div className="grid gap-4">
        {!reader && (
          <Note kind="info" action={<ButtonLink href={MAIL_SERVERS_PATH}>{t('reading.toMailServer')}</ButtonLink>}>
            {t('reading.noServer')}
          </Note>
        )}
        {!watch.inventory && <WhatItDoes t={t} />}
        <Progress {...props} />
        {right && <Right right={right} {...props} />}
        <Buttons {...props} />
        {!may.write && !watch.inventory && <p className="text-sm text-soft">{t('reading.whoSwitches')}</p>}
        {reader && (
          <Fold summary={t('permission.howTo')} open={lacks || !watch.inventory}>
            <p className="mb-3 max-w-[68ch] text-sm text-soft">{t('permission.why')}</p>
            <CodeBlock text={reader.commands.join('\n')} />
          </Fold>
        )}
      </div>
    </Panel>
  )
}

/** The result of the last check, unless a later run has shown the same. */
function newsOfRight({ right, run }: InventoryView): InventoryRight | null {
  return right && (run === null || right.at > (run.endedAt ?? run.startedAt)) ? right : null
}

function WhatItDoes({ t }: Pick<ReadingProps, 't'>) {
  return (
    <ul className="grid max-w-[68ch] list-disc gap-1 pl-5 text-sm text-soft">
      {(['reads', 'never', 'notifies', 'load', 'keeps'] as const).map((point) => (
        <li key={point}>{t(`does.${point}`)}</li>
      ))}
    </ul>
  )
}

function Buttons({ view: { watch, reader, run }, may, t }: ReadingProps) {
  const mayRead = watch.inventory && reader && may.test && run?.state !== 'running'
  const isFirst = run === null
  return (
    <div className="flex flex-wrap gap-2 empty:hidden">
      {mayRead && (
        <ButtonForm action={readAction} kind={isFirst ? 'primary' : 'secondary'}>
          {t('reading.readNow')}
        </ButtonForm>
      )}
      {may.write && (reader || watch.inventory) && (
        <PlainForm action={switchAction} className={watch.inventory ? 'order-last' : ''}>
          <Hidden version={watch.version} wanted={watch.inventory ? 'off' : 'on'} />
          <Button kind={watch.inventory ? 'secondary' : 'primary'}>
            {t(watch.inventory ? 'reading.switchOff' : 'reading.switchOn')}
          </Button>
        </PlainForm>
      )}
      {reader && may.test && <ButtonForm action={checkAction}>{t('permission.check')}</ButtonForm>}
    </div>
  )
}

function Progress(props: ReadingProps) {
  const {
    view: { run, done, watch },
    now,
    locale,
    t,
  } = props
  if (!run) return watch.inventory ? <p className="text-sm text-soft">{t('progress.nothing')}</p> : null
  if (run.state === 'running') return <Running {...props} />
  if (run.state === 'failed')
    return (
      <Note kind="warning" title={t('progress.failed')}>
        {run.fault && <p>{t(`fault.${run.fault.code}`)}</p>}
        <Evidence fault={run.fault} />
        <p>{done ? t('progress.former', { time: absoluteTime(done.startedAt, locale) }) : t('progress.nothing')}</p>
      </Note>
    )
  return (
    <p className="text-sm text-soft">
      {t('progress.done', { applications: run.applications, credentials: run.credentials })}{' '}
      <Timestamp at={run.endedAt ?? run.startedAt} now={now} locale={locale} />
    </p>
  )
}

function Running({ view: { run, done }, locale, t }: ReadingProps) {
  if (!run) return null
  const { applications, credentials, pages, waitsUntil, fault } = run
  return (
    <Note
      kind={fault ? 'warning' : 'info'}
      title={t(waitsUntil ? 'progress.waiting' : 'progress.running')}
      action={
        <ButtonLink kind="secondary" href={APPLICATIONS_PATH}>
          {t('progress.again')}
        </ButtonLink>
      }
    >
      <Refresh everySeconds={REFRESH_SECONDS} />
      <p>
        {t('progress.soFar', { applications, credentials, pages })}{' '}
        {done && t('progress.lastTime', { applications: done.applications })}
      </p>
      {waitsUntil && <p>{t('progress.waits', { time: absoluteTime(waitsUntil, locale) })}</p>}
      <Evidence fault={fault} />
      <p>{t('progress.leave')}</p>
    </Note>
  )
}

function Right({ right: { at, fault }, locale, t }: ReadingProps & { right: InventoryRight }) {
  return (
    <Note kind={fault ? 'warning' : 'success'} title={t('permission.checked', { time: absoluteTime(at, locale) })}>
      <p>{fault ? t(`fault.${fault.code}`) : t('permission.granted')}</p>
      <Evidence fault={fault} />
    </Note>
  )
}

const Evidence = ({ fault }: { fault: InventoryFaultNote | null }) =>
  fault?.evidence ? (
    <p className="font-mono text-xs wrap-anywhere">
      <bdi>{fault.evidence}</bdi>
    </p>
  ) : null
