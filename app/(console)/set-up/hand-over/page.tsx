import { page } from '@/app/_server/page'
import { notFound } from '@/app/_server/refusal'
import { partTexts } from '@/app/_server/translations'
import { HAND_OVER_PATH, SET_UP_DOWNLOAD_PATH } from '@/app/paths'
import { CodeBlock } from '@/components/code-block'
import { CopyButton } from '@/components/copy-button'
import { DataList, pair } from '@/components/data-list'
import { Segments } from '@/components/list-controls'
import { Page } from '@/components/page'
import { Part } from '@/components/panel'
import { WithPartTexts } from '@/components/part-texts'
import { PrintButton } from '@/components/print-button'
import { Foreign, PlainLink, TextLink } from '@/components/text'
import { LANGUAGE_NAMES, LOCALES } from '@/lib/i18n/locale'
import { type Translator, translatorFor } from '@/lib/i18n/translations'
import { services } from '@/lib/services'
import {
  asText,
  confirmedIn,
  HAND_OVER_PARTS,
  type HandOver,
  type HandOverPart,
  handOver,
} from '@/lib/setup-guide/hand-over'
import { type StepId, stepsFor } from '@/lib/setup-guide/steps'
import { guideServer, placeOf } from '../guide-server'
import { guideHref, guideValuesIn, languageIn, stepHref, stepIdIn } from '../query'
import { StepBody } from '../step-view'

export default page('mail-server:read', 'set-up', async ({ t: own, query }) => {
  const part = HAND_OVER_PARTS.find((each) => each === (query.for ?? 'entra'))
  const server = await guideServer(query)
  if (!part || !server) notFound()
  const { guide, steps } = await services().setupGuide.view(server.id, guideValuesIn(query).entered)
  const step =
    stepsFor(guide.choices).find(({ id, ...each }) => id === stepIdIn(query) && each.part === part)?.id ?? null
  const language = languageIn(query, own.locale)
  const sheet = handOver(part, guide, { ...placeOf(server, guide, language), confirmed: confirmedIn(steps) }, step)
  const to = (change: { for?: HandOverPart; step?: string | null; language?: string }) => {
    const { step: onlyStep, ...target } = { for: part, step, language, ...change }
    return guideHref(guide, server.id, HAND_OVER_PATH, { ...target, ...(onlyStep && { step: onlyStep }) })
  }
  const file = guideHref(guide, server.id, SET_UP_DOWNLOAD_PATH, {
    file: `postroom-hand-over-${part}.txt`,
    language,
    ...(step && { step }),
  })
  return (
    <div lang={language}>
      <Page
        width="text"
        title={sheet.title}
        documentTitle={own('handOver.title')}
        crumbs={[{ label: own('title'), href: stepHref(guide, server.id, step) }]}
        actions={<PrintButton label={own('handOver.print')} />}
      >
        <div lang={own.locale} className="no-print flex flex-wrap items-center gap-x-4 gap-y-2">
          <WithPartTexts {...partTexts(translatorFor(own.locale, 'shell'))}>
            <Choices {...{ part, step, language, to, file }} text={asText(sheet, language)} t={own} />
          </WithPartTexts>
        </div>
        <p className="max-w-[68ch] text-lg text-soft">{sheet.intro}</p>
        <WithPartTexts {...partTexts(translatorFor(language, 'shell'))}>
          <Sheet sheet={sheet} t={translatorFor(language, 'set-up')} />
        </WithPartTexts>
      </Page>
    </div>
  )
})

function Choices(props: {
  part: HandOverPart
  step: StepId | null
  language: string
  to: (change: { for?: HandOverPart; step?: string | null; language?: string }) => string
  /** The address of the sheet as a text file. */
  file: string
  /** The same text, to copy into a mail. */
  text: string
  t: Translator<'set-up'>
}) {
  const { part, step, language, to, file, text, t } = props
  return (
    <>
      <Segments
        label={t('handOver.what')}
        items={[
          ...(step ? [{ href: to({}), label: t('handOver.only'), current: true }] : []),
          ...HAND_OVER_PARTS.map((each) => ({
            href: to({ for: each, step: null }),
            label: t(`handOver.${each}`),
            current: !step && each === part,
          })),
        ]}
      />
      <Segments
        label={t('handOver.language')}
        items={LOCALES.map((each) => ({
          href: to({ language: each }),
          label: LANGUAGE_NAMES[each],
          current: each === language,
        }))}
      />
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-sm">
        <PlainLink href={file}>{t('handOver.plain')}</PlainLink>
        {/* Its text begins where the link does. */}
        <div className="-ml-2">
          <CopyButton text={text} label={t('handOver.copy')} />
        </div>
      </div>
    </>
  )
}

function Sheet({ sheet, t }: { sheet: HandOver; t: Translator<'set-up'> }) {
  return (
    <>
      <Part title={sheet.before.title}>
        <ul className="grid list-disc gap-1 pl-5">
          {sheet.before.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      </Part>
      <Part title={sheet.values.title}>
        <DataList items={sheet.values.items.map(({ name, value, mono }) => pair(name, value, mono && 'mono'))} />
      </Part>
      <Part title={sheet.steps.title}>
        {sheet.steps.confirmed && <p className="mb-5">{sheet.steps.confirmed}</p>}
        {sheet.steps.preparation.length > 0 && (
          <div className="mb-5">
            <p className="mb-1 font-[550]">{t('part.exchange.prepare')}</p>
            <CodeBlock text={sheet.steps.preparation.join('\n')} title={t('step.powershell')} />
          </div>
        )}
        <ol className="grid grid-cols-[minmax(0,1fr)] gap-6">
          {sheet.steps.all.map((step, index) => (
            <li key={step.title}>
              <h3 className="font-[600]">
                {index + 1}. <Foreign>{step.title}</Foreign>
              </h3>
              <p className="mt-0.5 mb-2 text-sm text-soft">{step.why}</p>
              <StepBody text={step} t={t} unfolded />
            </li>
          ))}
        </ol>
      </Part>
      {sheet.script && (
        <Part title={sheet.script.title}>
          <p className="mb-3 text-sm text-soft">{sheet.script.text}</p>
          <CodeBlock text={sheet.script.script.text} title={sheet.script.script.fileName} />
        </Part>
      )}
      <Part title={sheet.back.title}>
        {sheet.back.texts.map((text) => (
          <p key={text} className="mb-2">
            {text}
          </p>
        ))}
        <p className="[overflow-wrap:anywhere]">
          {sheet.back.link.label}: <TextLink href={sheet.back.link.url}>{sheet.back.link.url}</TextLink>
        </p>
      </Part>
      {sheet.undo && (
        <Part title={sheet.undo.title}>
          <CodeBlock text={sheet.undo.script.text} title={sheet.undo.script.fileName} />
        </Part>
      )}
    </>
  )
}
