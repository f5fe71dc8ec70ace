import type { Metadata } from 'next'
import { requireCaller } from '@/app/_server/caller'
import { newFormToken } from '@/app/_server/form-token'
import { getTranslations } from '@/app/_server/translations'
import { CURRENT_REVISION } from '@/app/(console)/_form/labels'
import { Note } from '@/components/note'
import { Page } from '@/components/page'
import { Timestamp } from '@/components/timestamp'
import { may } from '@/lib/access/permissions'
import type { Translator } from '@/lib/i18n/translations'
import { services } from '@/lib/services'
import type { PolicyLabels } from './_editor/labels'
import { LintList } from './_editor/lint-list'
import { PolicyForm } from './_editor/policy-form'
import { RuleList } from './_editor/rule-list'
import { REVISIONS_SHOWN, Revisions } from './_history/revisions'
import { SimulatorForm } from './_simulator/simulator-form'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('policy'))('title') }
}

export default async function PolicyPage({ searchParams }: PageProps<'/policy'>) {
  const caller = await requireCaller('policy:read')
  const { rules, clock } = services()
  const page = pageNumber((await searchParams).revisions)
  const [view, revisions, t, shell] = await Promise.all([
    rules.view(),
    rules.revisions({ page, size: REVISIONS_SHOWN }),
    getTranslations('policy'),
    getTranslations('shell'),
  ])
  const { role } = caller.actor
  const maySave = may(role, 'policy:write')
  const maySimulate = may(role, 'policy:simulate')
  const w = policyLabels(t, view.servers)
  const now = clock.now()
  return (
    <Page
      title={t('title')}
      breadcrumb={[{ label: shell('systemSettings') }, { label: shell('policy') }]}
      description={t('description')}
    >
      <Note kind="info" className="mb-6">
        {t('notYet')}
      </Note>
      {view.unreadable && (
        <Note kind="danger" className="mb-6" title={t('status.unreadable')}>
          <p>{maySave ? t('status.unreadableText') : t('status.unreadableAsk')}</p>
        </Note>
      )}
      {view.savedAt && (
        <p id={CURRENT_REVISION} tabIndex={-1} className="mb-5 flex flex-wrap gap-x-3 text-sm text-soft">
          <span className="font-[600] text-ink">{t('status.revision', { number: view.number })}</span>
          <span>{t('status.savedBy', { by: view.savedBy })}</span>
          <Timestamp at={view.savedAt} now={now} locale={caller.locale} />
        </p>
      )}
      {maySave ? (
        <PolicyForm
          fields={view.fields}
          findings={view.findings}
          coverage={view.coverage}
          number={view.number}
          formToken={newFormToken()}
          sender={view.sender}
          w={w}
        />
      ) : (
        <div className={maySimulate ? 'mb-10 grid gap-x-12 xl:grid-cols-[minmax(0,1fr)_25rem]' : 'mb-10'}>
          <section aria-label={w.form.name} className="min-w-0">
            <LintList fields={view.fields} findings={view.findings} sender={view.sender} mayFix={false} w={w} />
            <RuleList fields={view.fields} sender={view.sender} w={w} />
            <p className="mt-4 mb-6 text-sm text-faint">{maySimulate ? w.form.operatorNote : w.form.viewerNote}</p>
          </section>
          {maySimulate && <SimulatorForm w={w} />}
        </div>
      )}
      <Revisions
        {...revisions}
        page={page}
        current={view.number}
        newToken={newFormToken}
        locale={caller.locale}
        {...{ maySave, now, w }}
      />
    </Page>
  )
}

/** Both files hold the same keys (lib/i18n/translations.test.ts), so the English type speaks for either. */
function policyLabels(t: Translator<'policy'>, servers: PolicyLabels['servers']): PolicyLabels {
  const part = <Key extends Exclude<keyof PolicyLabels, 'servers'>>(key: Key) => t.raw(key) as PolicyLabels[Key]
  return {
    form: part('form'),
    rule: part('rule'),
    lint: part('lint'),
    difference: part('difference'),
    try: part('try'),
    conflict: part('conflict'),
    revisions: part('revisions'),
    servers,
  }
}

/** The page of revisions in the address, or the first one. */
function pageNumber(text: string | string[] | undefined): number {
  const page = Number(typeof text === 'string' ? text : 1)
  return Number.isSafeInteger(page) && page > 0 ? page : 1
}
