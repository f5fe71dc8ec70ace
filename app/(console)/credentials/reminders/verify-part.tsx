import { CodeBlock, type CopyLabels } from '@/components/code-block'
import { Section } from '@/components/section'
import { Table } from '@/components/table'
import { VERIFY_SAMPLE } from '@/lib/credentials/reminders/signature-sample'
import type { Translator } from '@/lib/i18n/translations'

const HEADERS = [
  ['postroom-delivery', 'delivery'],
  ['postroom-timestamp', 'timestamp'],
  ['postroom-signature', 'signature'],
] as const

/** For developers of a program that receives webhooks. docs/reminders.md says the same and shows a body. */
export function VerifyPart({ t, copy }: { t: Translator<'reminders'>; copy: CopyLabels }) {
  return (
    <Section id="verify" title={t('verify.title')} description={t('verify.text')}>
      <Table
        caption={t('verify.caption')}
        rows={HEADERS}
        rowKey={([header]) => header}
        columns={[
          {
            key: 'header',
            label: t('verify.header'),
            cell: ([header]) => <code className="font-mono text-[0.8125rem] sm:whitespace-nowrap">{header}</code>,
          },
          { key: 'holds', label: t('verify.holds'), cell: ([, content]) => t(`verify.${content}`) },
        ]}
      />
      <p className="mt-4 mb-4 max-w-[46rem] text-sm text-soft">{t('verify.answer')}</p>
      <details>
        <summary className="mb-2 text-sm font-[550]">{t('verify.sample')}</summary>
        <CodeBlock text={VERIFY_SAMPLE} labels={copy} />
      </details>
    </Section>
  )
}
