import { FlashMessage } from '@/app/_form/flash-message'
import { page } from '@/app/_server/page'
import { readPage } from '@/app/paging'
import { BASIC_AUTH_PATH, BASIC_AUTH_SCRIPT_PATH, CLIENTS_PATH, DEVICES_PATH } from '@/app/paths'
import { textIn } from '@/app/search-params'
import { Answer, type AnswerProps, EmptyState } from '@/components/answer'
import { ButtonLink } from '@/components/button'
import { ButtonForm } from '@/components/button-form'
import { CodeBlock } from '@/components/code-block'
import { Facets, Pagination, SearchBox, Segments } from '@/components/list-controls'
import { Page } from '@/components/page'
import { Fold, Panel } from '@/components/panel'
import { Table } from '@/components/table'
import { Named, Timestamp } from '@/components/text'
import { FORM_BYTES_MAX, REPORT_BYTES_MAX } from '@/lib/access/request-refusal'
import type { TextContext, Translator, ViewContext } from '@/lib/i18n/translations'
import { DAY_MS, dayText } from '@/lib/kernel'
import { services } from '@/lib/services'
import type { MigrationList } from '@/lib/submission/basic-auth'
import { PROGRESS, type Progress } from '@/lib/submission/basic-auth/progress'
import { RUN_SCRIPT, switchOffCommands } from '@/lib/submission/basic-auth/script'
import type { StoredReport } from '@/lib/submission/basic-auth/store'
import type english from '@/messages/en/basic-auth.json'
import { linkProposedAction, removeReportAction } from './actions'
import { exchangeFacts } from './facts'
import { type Place, placeHref, placeIn } from './query'
import { ReportForm } from './report-form'
import { SendersTable } from './senders-table'

/** For the days and the form's own fields. */
const OTHER_FIELDS_BYTES = 1024

/** Who still signs in to Exchange Online with a password, and how far each has moved. */
export default page('clients:read', 'basic-auth', async ({ may, now, t, texts, query }) => {
  const { submission } = services()
  const [devices] = texts('devices')
  const place = placeIn(query)
  const { progress, text } = place
  const mayWrite = may('clients:write')
  const opened = mayWrite && textIn(query, 'link')
  const [list, clients, facts] = await Promise.all([
    readPage(
      place.page,
      (at) => submission.basicAuth.list({ progress, text, ...at }),
      (to) => placeHref({ progress, text, page: to }),
    ),
    opened ? submission.clients.known() : [],
    exchangeFacts(),
  ])
  const { page, before, after } = list
  return (
    <Page
      title={t('title')}
      crumbs={[{ label: t('back'), href: CLIENTS_PATH }]}
      actions={<ButtonLink kind="quiet" icon="grid" href={DEVICES_PATH} text={devices('title')} />}
    >
      <FlashMessage
        query={query}
        t={t}
        texts="flash"
        warns={(key) => ['gone', 'changed', 'added-only'].includes(key)}
      />
      <Answer {...answerOf(list, mayWrite, t)} />
      {mayWrite && list.proposed > 0 && (
        <Panel title={t('proposed.title')}>
          <ButtonForm
            action={linkProposedAction}
            hidden={{ progress: progress ?? '', text, page }}
            effect={t('proposed.effect')}
            kind="secondary"
            text={t('proposed.submit', { count: list.proposed })}
          />
        </Panel>
      )}
      {list.all > 0 && (
        <>
          <div className="flex flex-wrap items-center gap-3">
            <Segments label={t('filter.label')} items={segmentsOf(list, place, t)} />
            <Facets results={t.number(list.total)}>
              <SearchBox path={BASIC_AUTH_PATH} query={{ progress }} t={t} label={t('filter.text')} value={text} />
            </Facets>
          </div>
          {list.total > 0 ? (
            <SendersTable
              senders={list.rows}
              mayWrite={mayWrite}
              opened={opened ? { address: opened, clients, typed: query.client } : null}
              mailboxes={list.mailboxes}
              newestFrom={list.newest?.from ?? ''}
              place={{ progress, text, page }}
              t={t}
            />
          ) : (
            <EmptyState title={t('filter.nothing')} link={[BASIC_AUTH_PATH, t('filter.clear')]} />
          )}
          <Pagination t={t} newer={before} older={after} />
        </>
      )}
      <div className="grid items-start gap-7 lg:grid-cols-[minmax(0,1fr)_20.5rem]">
        {mayWrite && (
          <Panel title={t('add.title')} description={t('add.detail')}>
            <ReportForm
              fileBytesMax={REPORT_BYTES_MAX}
              textBytesMax={FORM_BYTES_MAX - OTHER_FIELDS_BYTES}
              period={{ from: dayOf(now, 7), until: dayOf(now, 1) }}
              labels={{ ...(t.raw('add') as (typeof english)['add']), tooLarge: t('fault.too-large') }}
            />
          </Panel>
        )}
        <Panel title={t('scriptTitle')}>
          <p className="mb-3 max-w-[46rem] text-sm text-soft">{t('scriptDetail')}</p>
          <a href={BASIC_AUTH_SCRIPT_PATH} className="button button-secondary">
            {t('download')}
          </a>
          <div className="mt-4">
            <CodeBlock title={t('scriptRun')} text={RUN_SCRIPT} />
          </div>
        </Panel>
      </div>
      {list.newest && <SwitchOff list={list} commands={switchOffCommands(t, facts, list.mailboxes)} t={t} />}
      {list.reports.length > 0 && (
        <Panel title={t('reports.title')} flush>
          <ReportTable reports={list.reports} mayWrite={mayWrite} now={now} t={t} />
        </Panel>
      )}
    </Page>
  )
})

const ReportTable = (props: ViewContext<'basic-auth'> & Pick<MigrationList, 'reports'> & { mayWrite: boolean }) => {
  const { reports, mayWrite, now, t } = props
  const periodOf = ({ from, until }: StoredReport) => `${t.isoDay(from)} – ${t.isoDay(until)}`
  return (
    <Table caption={t('reports.caption')} rows={reports} rowKey={({ id }) => id} flush narrow="cards">
      {(column) => [
        column(t('reports.period'), periodOf),
        column(t('reports.kind'), ({ kind, fileName }) => (
          <>
            {t(`reports.${kind}`)}
            <span className="block text-xs text-faint">
              {fileName === null ? t('reports.pasted') : <bdi className="wrap-anywhere">{fileName}</bdi>}
            </span>
          </>
        )),
        column(t('reports.senders'), { align: 'end' }, ({ senders }) => t.number(senders)),
        column(t('reports.inheriting'), { align: 'end' }, ({ inheriting, kind }) =>
          kind === 'smtp-auth-clients' ? t('table.none') : t.number(inheriting),
        ),
        column(t('reports.by'), ({ uploadedBy }) => <bdi>{uploadedBy}</bdi>),
        column(t('reports.at'), ({ uploadedAt }) => <Timestamp at={uploadedAt} now={now} t={t} />),
        mayWrite &&
          column(t('reports.remove'), { hideLabel: true }, (report) => (
            <Fold summary={<Named text={t('reports.remove')} of={periodOf(report)} />}>
              <ButtonForm
                action={removeReportAction}
                hidden={{ report: report.id }}
                effect={t('reports.removeText')}
                kind="danger"
                text={<Named text={t('reports.removeButton')} of={periodOf(report)} />}
              />
            </Fold>
          )),
      ]}
    </Table>
  )
}

const dayOf = (now: Date, daysAgo: number): string => dayText(new Date(now.getTime() - daysAgo * DAY_MS))

const openIn = ({ counts }: MigrationList) => counts.open + counts.linked + counts.both + counts.unconfirmed

/** Whether SMTP AUTH can be switched off now, and the commands for it and for the way back. */
const SwitchOff = (
  props: TextContext<'basic-auth'> & { list: MigrationList; commands: ReturnType<typeof switchOffCommands> },
) => {
  const { list, commands, t } = props
  return (
    <Panel
      title={t('switchOff.title')}
      description={t('switchOff.tenantState', { open: openIn(list) > 0 ? 'yes' : 'no' })}
    >
      <div className="grid gap-3">
        {(['tenant', 'off', 'on'] as const).map((name) => (
          <CodeBlock key={name} title={t(`switchOff.${name}`)} text={commands[name]} />
        ))}
        <p className="max-w-[46rem] text-sm text-soft">{t('switchOff.note')}</p>
      </div>
    </Panel>
  )
}

function answerOf(list: MigrationList, mayWrite: boolean, t: Translator<'basic-auth'>): AnswerProps {
  const { counts, all, newest } = list
  const detail = t(mayWrite ? 'answer.noneDetail' : 'answer.noneForReaders')
  if (!newest) {
    const none = { tone: 'neutral', mark: 'dot', title: t('answer.none'), detail } as const
    return all > 0 ? { ...none, title: t('answer.uncounted'), detail: t('answer.uncountedDetail') } : none
  }
  const open = openIn(list)
  const about = {
    moving: open - counts.unconfirmed,
    unconfirmed: counts.unconfirmed,
    moved: counts.moved,
    total: open === 0 ? all : open + counts.moved,
    from: t.isoDay(newest.from),
    until: t.isoDay(newest.until),
  }
  if (open === 0) return { tone: 'good', title: t('answer.done'), detail: t('answer.doneDetail', about) }
  return {
    tone: 'warn',
    mark: about.moving || about.unconfirmed,
    title: t(about.moving > 0 ? 'answer.open' : 'answer.unconfirmed', about),
    detail: t('answer.openDetail', about),
  }
}

function segmentsOf({ matching }: MigrationList, { progress: chosen, text }: Place, t: Translator<'basic-auth'>) {
  const all = Object.values(matching).reduce((before, count) => before + count, 0)
  const segment = (progress: Progress | null, label: string, count: number) => ({
    href: placeHref({ progress, text, page: 1 }),
    label,
    count: t.number(count),
    current: chosen === progress,
  })
  return [
    segment(null, t('filter.all'), all),
    ...PROGRESS.filter((each) => matching[each] > 0 || each === chosen).map((each) =>
      segment(each, t(`progress.${each}`), matching[each]),
    ),
  ]
}
