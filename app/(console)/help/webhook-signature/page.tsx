import { page } from '@/app/_server/page'
import { HELP_PATH } from '@/app/paths'
import { CodeBlock } from '@/components/code-block'
import { Page } from '@/components/page'
import { Table } from '@/components/table'
import { VERIFY_SAMPLE } from '@/lib/notifications/webhook'

const HEADERS = [
  ['postroom-delivery', 'delivery'],
  ['postroom-timestamp', 'timestamp'],
  ['postroom-signature', 'signature'],
] as const

/** For developers of a program that receives webhooks. docs/reminders.md says the same and shows a body. */
export default page('help:read', 'reminders', async ({ t, texts }) => {
  const [help] = texts('help')
  return (
    <Page title={t('verify.title')} width="text" crumbs={[{ label: help('title'), href: HELP_PATH }]}>
      <p className="max-w-[68ch]">{t('verify.text')}</p>
      <Table caption={t('verify.caption')} rows={HEADERS} rowKey={([header]) => header}>
        {(column) => [
          column(t('verify.header'), ([header]) => (
            <code className="font-mono text-[0.8125rem] sm:whitespace-nowrap">{header}</code>
          )),
          column(t('verify.holds'), ([, content]) => t(`verify.${content}`)),
        ]}
      </Table>
      <p className="max-w-[68ch] text-soft">{t('verify.answer')}</p>
      <CodeBlock title={t('verify.sample')} text={VERIFY_SAMPLE} />
    </Page>
  )
})
