import { page } from '@/app/_server/page'
import { API_DOCUMENT_PATH, HELP_PATH, REMINDERS_PATH, WEBHOOK_HELP_PATH } from '@/app/paths'
import { CodeBlock } from '@/components/code-block'
import { Page } from '@/components/page'
import { Fold, Panel, Part } from '@/components/panel'
import { Table } from '@/components/table'
import { Command, PlainLink, TextLink } from '@/components/text'
import type { Translator } from '@/lib/i18n/translations'
import { MESSAGE_EVENTS } from '@/lib/notifications/kinds'
import { services } from '@/lib/services'
import { examplesAt } from '@/lib/submission/api/examples'
import { mailSchema } from '@/lib/submission/api/mail-schema'
import { API_CODES, API_OPERATIONS } from '@/lib/submission/api/openapi'
import { REFUSALS, refusalInGeneral } from '@/lib/submission/refusal'

/** For developers of an application that sends through the API. Each error of the API links to its line here. */
export default page('help:read', 'submission', async ({ t, texts }) => {
  const [help, shell, reminders] = texts('help', 'shell', 'reminders')
  return (
    <Page title={t('api.title')} crumbs={[{ label: help('title'), href: HELP_PATH }]}>
      <div className="max-w-[68ch] space-y-2">
        <p>{t('api.text')}</p>
        <p>{t.rich('api.key', { command: Command })}</p>
        <p>{t('api.sender')}</p>
        <p>{t('api.repeat')}</p>
      </div>
      <Part title={t('api.examples')}>
        <div className="grid gap-1">
          {examplesAt(services().environment.baseUrl.origin).map(({ language, text }, index) => (
            <Fold key={language} summary={language} open={index === 0} className="printed">
              {language === 'C#' && <p className="mb-2 text-sm text-soft">{t('api.csharpNeeds')}</p>}
              {language === 'PHP' && <p className="mb-2 text-sm text-soft">{t('api.phpNeeds')}</p>}
              <CodeBlock text={text} copyLabel={`${shell('copy')} (${language})`} />
            </Fold>
          ))}
        </div>
      </Part>
      <Panel
        flush
        title={t('api.requests')}
        aside={<PlainLink href={API_DOCUMENT_PATH}>{t('api.document')}</PlainLink>}
      >
        <Table caption={t('api.requests')} rows={API_OPERATIONS} rowKey={({ id }) => id} flush>
          {(column) => [
            column(t('api.request'), ({ method, path }) => <Mono>{`${method.toUpperCase()} /api/v1${path}`}</Mono>),
            column(t('api.does'), ({ id }) => t(`api.operations.${id}`)),
            column(t('api.scope'), { brief: 'named' }, ({ scope }) => <Mono>{scope}</Mono>),
          ]}
        </Table>
      </Panel>
      <Panel flush title={t('api.fields.title')}>
        <Table caption={t('api.fields.title')} rows={FIELDS} rowKey={(field) => field} flush>
          {(column) => [
            column(t('api.fields.field'), (field) => <Mono>{field}</Mono>),
            column(t('api.fields.holds'), (field) => t(`api.fields.${field}`)),
          ]}
        </Table>
      </Panel>
      <Webhooks t={t} reminders={reminders} />
      <Codes t={t} />
    </Page>
  )
})

const Mono = ({ children }: { children: string }) => (
  <code className="font-mono text-[0.8125rem] break-words">{children}</code>
)

const FIELDS = Object.keys(mailSchema.shape) as (keyof typeof mailSchema.shape)[]

/** What programs are notified of instead of asking for it. */
const Webhooks = ({ t, reminders }: { t: Translator<'submission'>; reminders: Translator<'reminders'> }) => (
  <Part id="webhooks" title={t('api.webhooks.title')}>
    <div className="mb-4 max-w-[68ch] space-y-2">
      <p>{t.rich('api.webhooks.text', { reminders: (text) => <TextLink href={REMINDERS_PATH}>{text}</TextLink> })}</p>
      <p>
        {t.rich('api.webhooks.body', { signature: (text) => <TextLink href={WEBHOOK_HELP_PATH}>{text}</TextLink> })}
      </p>
    </div>
    <Table caption={t('api.webhooks.title')} rows={MESSAGE_EVENTS} rowKey={(event) => event}>
      {(column) => [
        column(t('api.webhooks.event'), (event) => <Mono>{`message.${event}`}</Mono>),
        column(t('api.webhooks.when'), (event) => reminders(`events.${event}`)),
      ]}
    </Table>
  </Part>
)

function Codes({ t }: { t: Translator<'submission'> }) {
  return (
    <Panel title={t('api.errors')} flush>
      <Table caption={t('api.errors')} rows={API_CODES} rowKey={(code) => code} flush narrow="run">
        {(column) => [
          column(t('api.code'), (code) => (
            <span id={code} className="scroll-mt-24">
              <Mono>{code}</Mono>
            </span>
          )),
          column(t('api.status'), (code) => REFUSALS[code].http),
          column(t('api.says'), (code) => {
            const { says, todo } = refusalInGeneral(t, code)
            return (
              <>
                <p>{says}</p>
                <p className="text-soft">{todo}</p>
              </>
            )
          }),
        ]}
      </Table>
    </Panel>
  )
}
