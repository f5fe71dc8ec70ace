import { type Locale, type Translator, translatorFor } from '../i18n/translations'
import type { SetupGuideView } from '.'
import { asFile, forWindows, SCRIPT_KINDS, scriptFor } from './scripts/script'
import { CHECKED_ON, explainStep, preparationCommands, scriptInput } from './step-text'
import { type Step, type StepId, stepsFor } from './steps'
import type { Guide } from './values'

export const HAND_OVER_PARTS = ['entra', 'exchange'] as const
export type HandOverPart = (typeof HAND_OVER_PARTS)[number]

/** One administrator's part of the guide, for a person without an account here. It contains no secret. */
export type HandOver = ReturnType<typeof handOver>

export interface Place {
  locale: Locale
  /** Address of the Mail server page. */
  consoleUrl: string
  /** Address of the guide with these values. */
  guideUrl: string
  /** Steps of which the sheet of a whole part only says that nothing is left to do. */
  confirmed: readonly StepId[]
}

export const confirmedIn = (steps: SetupGuideView['steps']): StepId[] =>
  steps.flatMap(({ id, state }) => (state.kind === 'verified' ? id : []))

/** @param only the one step to hand over, or null for the whole part */
export function handOver(
  part: HandOverPart,
  guide: Pick<Guide, 'values' | 'choices'>,
  place: Place,
  only: StepId | null = null,
) {
  const { locale } = place
  const t = translatorFor(locale, 'set-up')
  const { choices } = guide
  const input = scriptInput(guide, locale, place.consoleUrl)
  const script = scriptFor(part, input)
  const steps = stepsFor(choices).filter((step) => step.part === part && (only === null || step.id === only))
  const isConfirmed = ({ id }: Step) => only === null && place.confirmed.includes(id)
  const explain = (step: Step) => explainStep(step, guide, locale, 'handOver')
  const open = steps.filter((step) => !isConfirmed(step))
  const all = open.map(explain)
  const confirmed = steps.filter(isConfirmed).map((step) => explain(step).title)
  const yields = only ? all[0]?.back : open.some(({ id }) => id === 'register' || id === 'objectId')
  const returned = only ? 'copied' : part
  return {
    title: only && all[0] ? t('handOver.stepTitle', { step: all[0].title }) : t(`handOver.docTitle.${part}`),
    intro: only ? t('handOver.introStep') : t(`handOver.intro.${part}`),
    before: {
      title: t('handOver.before'),
      notes: [
        ...t.list(`part.${part}.notes`),
        `${t('checked', { date: t.fullDate(CHECKED_ON) })} ${t('mayChange')}`,
        ...(only ? [] : [t(`scripts.untried.${script.language}`)]),
      ],
    },
    values: {
      title: t('handOver.yourValues'),
      items: valueItems(part, guide, t),
    },
    steps: {
      title: t('handOver.stepsTitle'),
      preparation: part === 'exchange' && all.length > 0 ? preparationCommands(guide, locale) : [],
      confirmed: confirmed.length > 0 ? t('handOver.confirmed', { steps: confirmed.join('; ') }) : null,
      all,
    },
    /** Null if only one step is handed over. */
    script: only
      ? null
      : {
          title: t('handOver.scriptTitle'),
          text: [
            t('handOver.scriptText', { file: script.fileName }),
            ...(part === 'entra' && choices.credential === 'secret' ? [t('handOver.scriptSecret')] : []),
          ].join(' '),
          script,
        },
    undo: only ? null : { title: t('handOver.undoTitle'), script: scriptFor(`undo-${part}`, input) },
    back: {
      title: t('handOver.backTitle'),
      texts: [
        t(`handOver.needBack.${yields ? returned : 'exchange'}`),
        ...(open.some(({ id }) => id === 'secret' || id === 'certificate')
          ? [t(choices.credential === 'secret' ? 'handOver.secretNote' : 'handOver.certificateNote')]
          : []),
      ],
      link: { label: t('handOver.link'), url: place.guideUrl },
    },
  }
}

/** What a person needs to know of the guide's values for this part. */
function valueItems(
  part: HandOverPart,
  { values, choices }: Pick<Guide, 'values' | 'choices'>,
  t: Translator<'set-up'>,
) {
  const gap = (value: string | null): string => value ?? '–'
  return [
    { name: t('values.cloud'), value: gap(values.cloud?.name ?? null), mono: false },
    { name: t('values.tenant'), value: gap(values.tenantId), mono: true },
    { name: t('values.client'), value: gap(values.clientId), mono: true },
    ...(part === 'exchange' ? [{ name: t('values.object'), value: gap(values.objectId), mono: true }] : []),
    { name: t('values.sender'), value: gap(values.sender), mono: true },
    ...(part === 'entra' ? [{ name: t('values.name'), value: values.appName, mono: true }] : []),
    { name: t('values.path'), value: t(`values.${choices.path}`), mono: false },
  ]
}

const underlined = (text: string, sign: string): string => `${text}\n${sign.repeat([...text].length)}`
const heading = (text: string): string => underlined(text, '-')
const indented = (lines: readonly string[]): string[] =>
  lines.length > 0 ? [lines.map((line) => `    ${line}`).join('\n')] : []
const linkLine = ({ label, url }: { label: string; url: string }): string => `${label}: ${url}`

/** The sheet as text, to download and to copy into a mail. */
export function asText(sheet: HandOver, locale: Locale): string {
  const { title, intro, before, values, steps, script, undo, back } = sheet
  const t = translatorFor(locale, 'set-up')
  const list = (texts: readonly string[]): string => texts.map((text) => `* ${text}`).join('\n')
  const parts = [underlined(title, '='), intro, heading(before.title), list(before.notes)]
  parts.push(heading(values.title), values.items.map(({ name, value }) => `${name}: ${value}`).join('\n'))
  parts.push(heading(steps.title))
  if (steps.confirmed) parts.push(steps.confirmed)
  if (steps.preparation.length > 0) parts.push(t('part.exchange.prepare'), ...indented(steps.preparation))
  for (const [index, step] of steps.all.entries()) {
    parts.push(`${index + 1}. ${step.title}`, step.why)
    if (step.doing.length > 0) parts.push(list(step.doing))
    if (step.portal) parts.push(linkLine(step.portal))
    parts.push(...indented(step.commands))
    if (step.check)
      parts.push(`${t('step.check')}: ${step.check.text ?? ''}`.trimEnd(), ...indented(step.check.commands))
    if (step.back) parts.push(`${t('step.back')}: ${step.back}`)
  }
  if (script) parts.push(heading(script.title), script.text, script.script.text.trimEnd())
  parts.push(heading(back.title), ...back.texts, linkLine(back.link))
  if (undo) parts.push(heading(undo.title), undo.script.text.trimEnd())
  return `${parts.join('\n\n')}\n`
}

/**
 * The file with this name to download, or null if there is none. Its name is fixed, so that no value gets into a header. A script is named
 * without its extension, because that depends on the tool.
 */
export function download(name: string, guide: Guide, place: Place, only: StepId | null = null) {
  const kind = SCRIPT_KINDS.find((each) => `postroom-${each}` === name)
  if (kind) {
    const script = scriptFor(kind, scriptInput(guide, place.locale, place.consoleUrl))
    return { fileName: script.fileName, mediaType: 'text/plain; charset=utf-8', body: asFile(script) }
  }
  const part = HAND_OVER_PARTS.find((each) => `postroom-hand-over-${each}.txt` === name)
  if (!part) return null
  const text = asText(handOver(part, guide, place, only), place.locale)
  return { fileName: name, mediaType: 'text/plain; charset=utf-8', body: forWindows(text) } // For Notepad.
}
