import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { requireCaller } from '@/app/_server/caller'
import { getTranslations } from '@/app/_server/translations'
import { HAND_OVER_PATH, SET_UP_DOWNLOAD_PATH } from '@/app/paths'
import { ButtonLink } from '@/components/button-link'
import { CodeBlock, type CopyLabels } from '@/components/code-block'
import { DataList } from '@/components/data-list'
import { Filters } from '@/components/filters'
import { Page } from '@/components/page'
import { Section } from '@/components/section'
import { LANGUAGE_NAMES, LOCALES } from '@/lib/i18n/locale'
import { type Translator, translatorFor } from '@/lib/i18n/translations'
import { services } from '@/lib/services'
import { HAND_OVER_PARTS, type HandOver, handOver } from '@/lib/setup-guide/hand-over'
import { guideServer } from '../guide-server'
import { guideHref, guideValuesIn, languageIn } from '../query'
import { StepBody } from '../step-list'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('set-up'))('handOver.title') }
}

/** One administrator's part, to print. Nothing on it is collapsed. */
export default async function HandOverPage({ searchParams }: PageProps<'/set-up/hand-over'>) {
  const caller = await requireCaller('mail-server:read')
  const query = await searchParams
  const part = HAND_OVER_PARTS.find((each) => each === (query.for ?? 'entra'))
  const server = await guideServer(query)
  if (!part || !server) notFound()
  const { setupGuide, environment } = services()
  const [{ guide }, own] = await Promise.all([
    setupGuide.view(server.id, guideValuesIn(query).entered),
    getTranslations('set-up'),
  ])
  const language = languageIn(query, caller.locale)
  const [t, shell] = [translatorFor(language, 'set-up'), translatorFor(language, 'shell')]
  const sheet = handOver(part, guide, {
    locale: language,
    consoleUrl: new URL(server.path, environment.baseUrl).href,
    guideUrl: new URL(guideHref(guide, server.id), environment.baseUrl).href,
  })
  const file = (ending: string) =>
    guideHref(guide, server.id, SET_UP_DOWNLOAD_PATH, { file: `postroom-hand-over-${part}.${ending}`, language })
  return (
    <div lang={language}>
      <Page width="text" title={sheet.title} description={sheet.intro}>
        <div lang={caller.locale} className="no-print mb-6">
          <Filters
            label={own('handOver.language')}
            items={LOCALES.map((each) => ({
              href: guideHref(guide, server.id, HAND_OVER_PATH, { for: part, language: each }),
              label: LANGUAGE_NAMES[each],
              current: each === language,
            }))}
          />
          <p className="flex flex-wrap items-center gap-x-4 gap-y-2 text-sm">
            <ButtonLink href={guideHref(guide, server.id)}>{own('handOver.back')}</ButtonLink>
            <a href={file('md')} className="text-accent underline">
              {own('handOver.markdown')}
            </a>
            <a href={file('txt')} className="text-accent underline">
              {own('handOver.plain')}
            </a>
          </p>
        </div>
        <Sheet sheet={sheet} t={t} copy={{ copy: shell('copy'), copied: shell('copied') }} />
      </Page>
    </div>
  )
}

function Sheet({ sheet, t, copy }: { sheet: HandOver; t: Translator<'set-up'>; copy: CopyLabels }) {
  return (
    <>
      <Section id="before" title={sheet.before.title}>
        <ul className="grid list-disc gap-1 pl-5">
          {sheet.before.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      </Section>
      <Section id="values" title={sheet.values.title}>
        <DataList items={sheet.values.items.map(({ name, ...item }) => ({ term: name, ...item }))} />
      </Section>
      <Section id="steps" title={sheet.steps.title}>
        {sheet.steps.preparation.length > 0 && (
          <div className="mb-4">
            <p className="mb-1 font-[550]">{t('part.exchange.prepare')}</p>
            <CodeBlock text={sheet.steps.preparation.join('\n')} labels={copy} />
          </div>
        )}
        <ol className="grid gap-5">
          {sheet.steps.all.map((step, index) => (
            <li key={step.title}>
              <h3 className="font-[600]">
                {index + 1}. {step.title}
              </h3>
              <StepBody text={step} t={t} copy={copy} />
            </li>
          ))}
        </ol>
      </Section>
      <Section id="script" title={sheet.script.title} description={sheet.script.text}>
        <CodeBlock text={sheet.script.script.text} labels={copy} />
      </Section>
      <Section id="send-back" title={sheet.back.title}>
        {sheet.back.texts.map((text) => (
          <p key={text} className="mb-2">
            {text}
          </p>
        ))}
        <p className="[overflow-wrap:anywhere]">
          {sheet.back.link.label}: {sheet.back.link.url}
        </p>
      </Section>
      <Section id="undo" title={sheet.undo.title}>
        <CodeBlock text={sheet.undo.script.text} labels={copy} />
      </Section>
    </>
  )
}
