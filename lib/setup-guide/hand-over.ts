import { type Locale, type Translator, translatorFor } from '../i18n/translations'
import type { SetupGuideView } from '.'
import { asFile, forWindows, SCRIPT_KINDS, type Script, scriptFor } from './scripts/script'
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

/** A fence longer than any run of back-ticks inside, so that no value ends it. */
function fenced(text: string, language: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}${language}\n${text.replace(/\n$/, '')}\n${fence}`
}

/** A value between sentences; Markdown reads nothing in it. */
function coded(text: string): string {
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length))
  const ticks = '`'.repeat(longest + 1)
  return longest === 0 ? `\`${text}\`` : `${ticks} ${text} ${ticks}`
}

/** Signs that Markdown or HTML would take for its own, in a sentence that may hold a value. */
const prose = (text: string): string => text.replace(/[\\`*_{}[\]<>#|~]/g, '\\$&').replace(/&/g, '&amp;')

/** How each part of a sheet is written. */
const MARKDOWN = {
  title: (text: string) => `# ${prose(text)}`,
  heading: (text: string) => `## ${prose(text)}`,
  step: (title: string) => `### ${prose(title)}`,
  prose,
  bullet: (text: string) => `- ${prose(text)}`,
  value: (name: string, value: string) => `- ${prose(name)}: ${coded(value)}`,
  labelled: (label: string, text: string) => `**${prose(label)}:** ${prose(text)}`.trimEnd(),
  link: ({ label, url }: { label: string; url: string }) => `${prose(label)}: <${url}>`,
  commands: (lines: readonly string[]) => fenced(lines.join('\n'), 'powershell'),
  script: ({ text, language }: Script) => fenced(text, language),
}

const underlined = (text: string, sign: string): string => `${text}\n${sign.repeat([...text].length)}`

const TEXT: typeof MARKDOWN = {
  title: (text) => underlined(text, '='),
  heading: (text) => underlined(text, '-'),
  step: (title) => title,
  prose: (text) => text,
  bullet: (text) => `* ${text}`,
  value: (name, value) => `${name}: ${value}`,
  labelled: (label, text) => `${label}: ${text}`.trimEnd(),
  link: ({ label, url }) => `${label}: ${url}`,
  commands: (lines) => lines.map((line) => `    ${line}`).join('\n'),
  script: ({ text }) => text.trimEnd(),
}

export const asMarkdown = (sheet: HandOver, locale: Locale): string => written(sheet, locale, MARKDOWN)
export const asText = (sheet: HandOver, locale: Locale): string => written(sheet, locale, TEXT)

function written(sheet: HandOver, locale: Locale, form: typeof MARKDOWN) {
  const { title, intro, before, values, steps, script, undo, back } = sheet
  const t = translatorFor(locale, 'set-up')
  const list = (texts: readonly string[]): string => texts.map(form.bullet).join('\n')
  const commands = (lines: readonly string[]): string[] => (lines.length > 0 ? [form.commands(lines)] : [])
  const parts = [form.title(title), form.prose(intro), form.heading(before.title), list(before.notes)]
  parts.push(form.heading(values.title), values.items.map(({ name, value }) => form.value(name, value)).join('\n'))
  parts.push(form.heading(steps.title))
  if (steps.confirmed) parts.push(form.prose(steps.confirmed))
  if (steps.preparation.length > 0) parts.push(form.prose(t('part.exchange.prepare')), ...commands(steps.preparation))
  for (const [index, step] of steps.all.entries()) {
    parts.push(form.step(`${index + 1}. ${step.title}`), form.prose(step.why))
    if (step.doing.length > 0) parts.push(list(step.doing))
    if (step.portal) parts.push(form.link(step.portal))
    parts.push(...commands(step.commands))
    if (step.check) {
      parts.push(form.labelled(t('step.check'), step.check.text ?? ''), ...commands(step.check.commands))
    }
    if (step.back) parts.push(form.labelled(t('step.back'), step.back))
  }
  if (script) parts.push(form.heading(script.title), form.prose(script.text), form.script(script.script))
  parts.push(form.heading(back.title), ...back.texts.map(form.prose), form.link(back.link))
  if (undo) parts.push(form.heading(undo.title), form.script(undo.script))
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
  for (const part of HAND_OVER_PARTS) {
    const stem = `postroom-hand-over-${part}`
    if (name !== `${stem}.md` && name !== `${stem}.txt`) continue
    const sheet = handOver(part, guide, place, only)
    const [type, body] = name.endsWith('.md')
      ? ['markdown', asMarkdown(sheet, place.locale)]
      : ['plain', forWindows(asText(sheet, place.locale))] // For Notepad.
    return { fileName: name, mediaType: `text/${type}; charset=utf-8`, body }
  }
  return null
}
