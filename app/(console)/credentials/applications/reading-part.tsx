import { Button } from '@/components/button'
import { ButtonLink } from '@/components/button-link'
import { CodeBlock, type CopyWords } from '@/components/code-block'
import { Note } from '@/components/note'
import { Section } from '@/components/section'
import { absoluteTime, Timestamp } from '@/components/timestamp'
import type { InventoryFaultNote } from '@/lib/credentials/inventory'
import type { InventoryView } from '@/lib/credentials/inventory-room'
import type { Locale } from '@/lib/kernel/locale'
import type { Words } from '@/lib/kernel/words'
import { checkAction, readAction, switchAction } from './actions'
import { APPLICATIONS } from './query'

interface Told {
  view: InventoryView
  may: { write: boolean; test: boolean }
  now: Date
  locale: Locale
  t: Words
  copy: CopyWords
}

/** Whether all app registrations are read, by which right, and how the reading goes. */
export function ReadingPart(told: Told) {
  const { view, may, t, copy } = told
  const { watch, reader, run } = view
  const lacks = view.permission?.fault?.code === 'not-permitted' || run?.fault?.code === 'not-permitted'
  return (
    <Section
      id="reading"
      title={t('reading.title')}
      description={t(watch.inventory ? 'reading.isOn' : 'reading.isOff')}
    >
      <div className="grid gap-4">
        {!reader && <Note kind="info">{t('reading.noServer')}</Note>}
        <Progress {...told} />
        <Permission {...told} />
        <div className="flex flex-wrap gap-2">
          {watch.inventory && reader && may.test && run?.state !== 'running' && (
            <form action={readAction}>
              <Button kind="primary">{t('reading.readNow')}</Button>
            </form>
          )}
          {reader && may.test && (
            <form action={checkAction}>
              <Button>{t('permission.check')}</Button>
            </form>
          )}
          {may.write && (
            <form action={switchAction}>
              <input type="hidden" name="version" value={watch.version} />
              <input type="hidden" name="wanted" value={watch.inventory ? 'off' : 'on'} />
              <Button>{t(watch.inventory ? 'reading.switchOff' : 'reading.switchOn')}</Button>
            </form>
          )}
        </div>
        {reader && (
          <details open={lacks}>
            <summary className="text-accent">{t('permission.howTo')}</summary>
            <p className="my-2 max-w-[44rem] text-sm text-soft">{t('permission.why')}</p>
            <CodeBlock text={reader.commands.join('\n')} words={copy} />
          </details>
        )}
      </div>
    </Section>
  )
}

function Progress({ view: { run, done }, now, locale, t }: Told) {
  if (!run) return null
  const counted = { applications: run.applications, credentials: run.credentials }
  if (run.state === 'running')
    return (
      <Note
        kind="info"
        title={t('progress.running')}
        action={
          <ButtonLink kind="quiet" href={APPLICATIONS}>
            {t('progress.again')}
          </ButtonLink>
        }
      >
        <p>{t('progress.soFar', counted)}</p>
        {run.waitsUntil && <p>{t('progress.waits', { time: absoluteTime(run.waitsUntil, locale) })}</p>}
        <Evidence fault={run.fault} />
      </Note>
    )
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
      {t('progress.done', counted)} <Timestamp at={run.endedAt ?? run.startedAt} now={now} locale={locale} />
    </p>
  )
}

function Permission({ view: { permission }, locale, t }: Told) {
  if (!permission) return null
  const { at, fault } = permission
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
