import type { Locale } from '../i18n/locale'
import { translatorFor } from '../i18n/translations'
import { type Script, scriptFor } from './scripts/script'
import { checkedOn, explainStep, preparationCommands, type StepText, scriptInput } from './step-text'
import { type StepId, stepsFor } from './steps'
import type { Guide } from './values'

export const HAND_OVER_PARTS = ['entra', 'exchange'] as const
export type HandOverPart = (typeof HAND_OVER_PARTS)[number]

/** One administrator's part of the guide, for a person without an account here. It contains no secret. */
export interface HandOver {
  title: string
  intro: string
  before: { title: string; notes: string[] }
  values: { title: string; items: { name: string; value: string; mono: boolean }[] }
  steps: { title: string; preparation: string[]; all: StepText[] }
  /** Null if only one step is handed over. */
  script: { title: string; text: string; script: Script } | null
  undo: { title: string; script: Script } | null
  back: { title: string; texts: string[]; link: { label: string; url: string } }
}

interface Place {
  locale: Locale
  /** Address of the Mail server page. */
  consoleUrl: string
  /** Address of the guide with these values. */
  guideUrl: string
}

/** @param only the one step to hand over, or null for the whole part */
export function handOver(
  part: HandOverPart,
  guide: Pick<Guide, 'values' | 'choices'>,
  place: Place,
  only: StepId | null = null,
): HandOver {
  const { locale } = place
  const t = translatorFor(locale, 'set-up')
  const { values, choices } = guide
  const input = scriptInput(guide, locale, place.consoleUrl)
  const script = scriptFor(part, input)
  const all = stepsFor(choices)
    .filter((step) => step.part === part && (only === null || step.id === only))
    .map((step) => explainStep(step, guide, locale, 'handOver'))
  const gap = (value: string | null): string => value ?? '–'
  return {
    title: only && all[0] ? t('handOver.stepTitle', { step: all[0].title }) : t(`handOver.docTitle.${part}`),
    intro: only ? t('handOver.introStep') : t(`handOver.intro.${part}`),
    before: {
      title: t('handOver.before'),
      notes: [
        ...t.list(`part.${part}.notes`),
        t('checked', { date: checkedOn(locale) }),
        t('mayChange'),
        t('scripts.untried'),
      ],
    },
    values: {
      title: t('handOver.yourValues'),
      items: [
        { name: t('values.cloud'), value: values.cloud.name, mono: false },
        { name: t('values.tenant'), value: gap(values.tenantId), mono: true },
        { name: t('values.client'), value: gap(values.clientId), mono: true },
        ...(part === 'exchange' ? [{ name: t('values.object'), value: gap(values.objectId), mono: true }] : []),
        { name: t('values.sender'), value: gap(values.sender), mono: true },
        ...(part === 'entra' ? [{ name: t('values.name'), value: values.appName, mono: true }] : []),
        { name: t('values.path'), value: t(`values.${choices.path}`), mono: false },
      ],
    },
    steps: {
      title: t('handOver.stepsTitle'),
      preparation: part === 'exchange' ? preparationCommands(guide, locale) : [],
      all,
    },
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
        only ? t('handOver.needBack.exchange') : t(`handOver.needBack.${part}`),
        ...(part === 'entra' && (!only || only === 'secret' || only === 'certificate')
          ? [t(choices.credential === 'secret' ? 'handOver.secretNote' : 'handOver.certificateNote')]
          : []),
      ],
      link: { label: t('handOver.link'), url: place.guideUrl },
    },
  }
}

/** A fence longer than any run of back-ticks inside, so that no value ends it. */
function fenced(text: string, language = ''): string {
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

export function asMarkdown(sheet: HandOver, locale: Locale): string {
  const t = translatorFor(locale, 'set-up')
  const part: string[] = [`# ${prose(sheet.title)}`, prose(sheet.intro)]
  part.push(`## ${prose(sheet.before.title)}`, sheet.before.notes.map((note) => `- ${prose(note)}`).join('\n'))
  part.push(
    `## ${prose(sheet.values.title)}`,
    sheet.values.items.map(({ name, value }) => `- ${prose(name)}: ${coded(value)}`).join('\n'),
    `## ${prose(sheet.steps.title)}`,
  )
  if (sheet.steps.preparation.length > 0)
    part.push(prose(t('part.exchange.prepare')), fenced(sheet.steps.preparation.join('\n'), 'powershell'))
  for (const [index, step] of sheet.steps.all.entries()) {
    part.push(
      `### ${index + 1}. ${prose(step.title)}`,
      prose(step.why),
      step.doing.map((each) => `- ${prose(each)}`).join('\n'),
    )
    if (step.portal) part.push(`${prose(step.portal.label)}: <${step.portal.url}>`)
    if (step.commands.length > 0) part.push(fenced(step.commands.join('\n'), 'powershell'))
    if (step.check) {
      part.push(`**${prose(t('step.check'))}:** ${prose(step.check.text ?? '')}`.trimEnd())
      if (step.check.commands.length > 0) part.push(fenced(step.check.commands.join('\n'), 'powershell'))
    }
    if (step.back) part.push(`**${prose(t('step.back'))}:** ${prose(step.back)}`)
  }
  if (sheet.script) {
    part.push(`## ${prose(sheet.script.title)}`, prose(sheet.script.text))
    part.push(fenced(sheet.script.script.text, sheet.script.script.language))
  }
  part.push(
    `## ${prose(sheet.back.title)}`,
    ...sheet.back.texts.map(prose),
    `${prose(sheet.back.link.label)}: <${sheet.back.link.url}>`,
  )
  if (sheet.undo) part.push(`## ${prose(sheet.undo.title)}`, fenced(sheet.undo.script.text, sheet.undo.script.language))
  return `${part.join('\n\n')}\n`
}

export function asText(sheet: HandOver, locale: Locale): string {
  const t = translatorFor(locale, 'set-up')
  const heading = (text: string, sign: string): string => `${text}\n${sign.repeat([...text].length)}`
  const part: string[] = [heading(sheet.title, '='), sheet.intro]
  part.push(heading(sheet.before.title, '-'), sheet.before.notes.map((note) => `* ${note}`).join('\n'))
  part.push(
    heading(sheet.values.title, '-'),
    sheet.values.items.map(({ name, value }) => `${name}: ${value}`).join('\n'),
    heading(sheet.steps.title, '-'),
  )
  if (sheet.steps.preparation.length > 0) part.push(t('part.exchange.prepare'), indented(sheet.steps.preparation))
  for (const [index, step] of sheet.steps.all.entries()) {
    part.push(`${index + 1}. ${step.title}`, step.why, step.doing.map((each) => `* ${each}`).join('\n'))
    if (step.portal) part.push(`${step.portal.label}: ${step.portal.url}`)
    if (step.commands.length > 0) part.push(indented(step.commands))
    if (step.check) {
      part.push(`${t('step.check')}: ${step.check.text ?? ''}`.trimEnd())
      if (step.check.commands.length > 0) part.push(indented(step.check.commands))
    }
    if (step.back) part.push(`${t('step.back')}: ${step.back}`)
  }
  if (sheet.script) part.push(heading(sheet.script.title, '-'), sheet.script.text, sheet.script.script.text.trimEnd())
  part.push(heading(sheet.back.title, '-'), ...sheet.back.texts, `${sheet.back.link.label}: ${sheet.back.link.url}`)
  if (sheet.undo) part.push(heading(sheet.undo.title, '-'), sheet.undo.script.text.trimEnd())
  return `${part.join('\n\n')}\n`
}

const indented = (lines: readonly string[]): string => lines.map((line) => `    ${line}`).join('\n')
