import { CREDENTIALS_PATH, SET_UP_DOWNLOAD_PATH } from '@/app/paths'
import { CodeBlock } from '@/components/code-block'
import { Note } from '@/components/note'
import { Section } from '@/components/section'
import type { Locale } from '@/lib/i18n/locale'
import type { Translator } from '@/lib/i18n/translations'
import type { SetupGuideView } from '@/lib/setup-guide'
import type { Part } from '@/lib/setup-guide/choices'
import { type ScriptKind, scriptFor } from '@/lib/setup-guide/scripts/script'
import { preparationCommands, scriptInput } from '@/lib/setup-guide/step-text'
import type { GuideServer } from './guide-server'
import { guideHref } from './query'
import { type ScriptDownload, ScriptPart } from './script-part'
import { StepList, shownSteps } from './step-list'

/** One part of the guide: notes, steps, and the script that does the same. */
export function PartSection(
  props: Pick<SetupGuideView, 'guide' | 'steps'> & {
    part: Part
    server: GuideServer
    /** Address of the Mail server page, for the comment in scripts that says where to paste their output. */
    consoleUrl: string
    locale: Locale
    t: Translator<'set-up'>
    shell: Translator<'shell'>
    diagnosis: Translator<'diagnosis'>
  },
) {
  const { part, guide, steps, server, locale, t, shell, diagnosis } = props
  const copy = { copy: shell('copy'), copied: shell('copied') }
  const input = scriptInput(guide, locale, props.consoleUrl)
  const script = (kind: ScriptKind): ScriptDownload => ({
    kind,
    script: scriptFor(kind, input),
    href: guideHref(guide, server.id, SET_UP_DOWNLOAD_PATH, { file: `postroom-${kind}` }),
  })
  return (
    <Section id={`part-${part}`} title={t(`part.${part}.title`)} description={t(`part.${part}.text`)}>
      {part !== 'here' && (
        <Note kind="info" title={t('notes')} className="mb-5">
          <ul className="grid list-disc gap-1 pl-4">
            {t.list(`part.${part}.notes`).map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </Note>
      )}
      {part === 'exchange' && (
        <div className="mb-4">
          <p className="mb-1 font-[550]">{t('part.exchange.prepare')}</p>
          <CodeBlock text={preparationCommands(guide, locale).join('\n')} labels={copy} />
        </div>
      )}
      <StepList
        label={t(`part.${part}.title`)}
        steps={shownSteps(part, { steps, guide, locale })}
        pages={{
          '/mail-server': { href: server.path, label: server.listEntry?.name ?? shell('mailServer') },
          '/credentials': { href: CREDENTIALS_PATH, label: shell('credentials') },
        }}
        {...{ locale, t, diagnosis, copy }}
      />
      {part !== 'here' && (
        <ScriptPart id={`script-${part}`} download={script(part)} undo={script(`undo-${part}`)} t={t} copy={copy} />
      )}
    </Section>
  )
}
