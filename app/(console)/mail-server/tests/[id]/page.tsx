import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { requireCaller } from '@/app/_server/caller'
import { getTranslations } from '@/app/_server/translations'
import { ReportView } from '@/app/(console)/_connection-test/report-view'
import { pageLabels } from '@/app/(console)/mail-server/_form/labels'
import { Values } from '@/app/(console)/mail-server/_form/values'
import { MAIL_SERVERS_PATH } from '@/app/paths'
import { DataList } from '@/components/data-list'
import { Note } from '@/components/note'
import { Page } from '@/components/page'
import { Section } from '@/components/section'
import { absoluteTime, Timestamp } from '@/components/timestamp'
import { actorText } from '@/lib/i18n/actor-text'
import { isUuid } from '@/lib/kernel/ids'
import { fieldsOf } from '@/lib/mail-server/form-fields'
import { services } from '@/lib/services'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('mail-server'))('history.reportTitle') }
}

/** A stored test, as it ended. */
export default async function TestReportPage({ params }: PageProps<'/mail-server/tests/[id]'>) {
  const { locale } = await requireCaller('mail-server:read')
  const { id } = await params
  const { mailServers, clock, clouds } = services()
  const [test, t, shell] = await Promise.all([
    isUuid(id) ? (await mailServers.default()).report(id) : null,
    getTranslations('mail-server'),
    getTranslations('shell'),
  ])
  if (!test) notFound()

  const { summary, ended } = test
  const { settings } = summary
  const w = pageLabels(t, shell)
  const fields = settings && fieldsOf(settings, null, clouds)
  return (
    <Page
      width="text"
      title={t('history.report', { at: absoluteTime(summary.startedAt, locale) })}
      breadcrumb={[
        { label: shell('systemSettings') },
        { label: shell('mailServer'), href: MAIL_SERVERS_PATH },
        { label: t('history.title'), href: `${MAIL_SERVERS_PATH}#tests` },
      ]}
    >
      <DataList
        className="mb-6 border-y border-line"
        items={[
          { term: t('history.when'), value: <Timestamp at={summary.startedAt} now={clock.now()} locale={locale} /> },
          { term: t('history.by'), value: <bdi>{actorText(summary.startedBy, locale)}</bdi> },
          { term: t('history.to'), value: <bdi>{summary.recipient}</bdi> },
        ]}
      />
      {ended ? (
        <ReportView {...ended} to={summary.recipient} w={w} heading="h2" />
      ) : (
        <Note kind="danger" title={t('unreadable.report')}>
          <p>{t('unreadable.reportText')}</p>
        </Note>
      )}
      {fields && (
        <div className="mt-8">
          <Section id="settings" title={t('history.settings')} description={t('history.settingsWhy')}>
            <Values
              fields={fields}
              cloudName={clouds.find(({ id }) => id === fields.cloud)?.name ?? fields.cloud}
              secret={null}
              w={w}
            />
          </Section>
        </div>
      )}
    </Page>
  )
}
