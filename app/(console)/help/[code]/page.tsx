import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { requireCaller } from '@/app/_server/caller'
import { currentLocale, getTranslations } from '@/app/_server/translations'
import { HELP_PATH } from '@/app/paths'
import { ButtonLink } from '@/components/button-link'
import { CodeBlock } from '@/components/code-block'
import { Note } from '@/components/note'
import { Page } from '@/components/page'
import { Section } from '@/components/section'
import { Steps } from '@/components/steps'
import { isDiagnosisCode, remedy, signaturesOf } from '@/lib/diagnosis'
import { RETRY_OF } from '@/lib/kernel/diagnosis-code'

export async function generateMetadata({ params }: PageProps<'/help/[code]'>): Promise<Metadata> {
  const { code } = await params
  return isDiagnosisCode(code) ? { title: remedy(code, {}, await currentLocale()).title } : {}
}

export default async function CodePage({ params }: PageProps<'/help/[code]'>) {
  const { locale } = await requireCaller('help:read')
  const { code } = await params
  if (!isDiagnosisCode(code)) notFound()
  const t = await getTranslations('help')
  const shell = await getTranslations('shell')
  const { title, cause, steps, commands, portal } = remedy(code, {}, locale)
  const own = t.lookUp(`ownWords.${code}`)
  const signatures = [...(own === null ? [] : [own]), ...signaturesOf(code)]
  const retry = `retry.${RETRY_OF[code]}` as const
  return (
    <Page title={title} breadcrumb={[{ label: t('title'), href: HELP_PATH }]} width="text" description={cause}>
      <Section id="steps" title={t('steps')}>
        <Steps steps={steps} />
        {portal && (
          <p className="mt-4">
            <a href={portal.url} rel="noreferrer" target="_blank" className="text-accent underline">
              {portal.label}
            </a>{' '}
            <span className="text-sm text-faint">{t('portal')}</span>
          </p>
        )}
      </Section>
      {commands.length > 0 && (
        <Section id="commands" title={t('commands')} description={t('commandsHint')}>
          <CodeBlock text={commands.join('\n')} labels={{ copy: shell('copy'), copied: shell('copied') }} />
        </Section>
      )}
      <Section id="retry" title={t('retry.title')}>
        <Note kind="info" title={t(`${retry}.name`)}>
          <p>{t(`${retry}.queue`)}</p>
        </Note>
      </Section>
      <Section id="recognised" title={t('recognisedBy')}>
        <ul className="grid gap-1 font-mono text-[0.8125rem]">
          <li className="text-faint">{code}</li>
          {signatures.map((signature) => (
            <li key={signature} className="[overflow-wrap:anywhere]">
              {signature}
            </li>
          ))}
        </ul>
      </Section>
      <ButtonLink href={HELP_PATH}>{t('back')}</ButtonLink>
    </Page>
  )
}
