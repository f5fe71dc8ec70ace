import { commandsFor, type KnownFacts, knownFacts, pageIn, type RemedyFacts, type SetUpRecipe } from '../diagnosis'
import { type Locale, type Translator, translatorFor } from '../i18n/translations'
import type { GuideValues } from './choices'
import type { ScriptInput } from './scripts/script'
import type { Step, StepId } from './steps'
import type { Guide } from './values'

/** The day on which our text was last checked against Microsoft's documentation. */
export const CHECKED_ON = new Date('2026-11-24T00:00:00Z')

const RECIPE_OF: Partial<Record<StepId, 'register' | 'mailbox' | 'scope' | 'smtp-auth'>> = {
  servicePrincipal: 'register',
  mailboxPermission: 'mailbox',
  rbacRole: 'scope',
  smtpAuth: 'smtp-auth',
}

const factsOf = (values: GuideValues): RemedyFacts => ({ ...values, mailbox: values.sender })

/** `guide` for people with an account here, `handOver` for an administrator without one. */
type Reader = 'guide' | 'handOver'

export type StepText = ReturnType<typeof explainStep>
/** One step in the reader's language, with the values of this organisation. */
export function explainStep(
  { id, portal }: Step,
  { values }: Pick<Guide, 'values'>,
  locale: Locale,
  reader: Reader = 'guide',
) {
  const t = translatorFor(locale, 'set-up')
  const ofHandOver = <Key extends string>(key: Key) => (reader === 'handOver' && t.has(key) ? key : null)
  const facts = factsOf(values)
  const recipe = RECIPE_OF[id]
  const commands = (name: SetUpRecipe) => commandsFor(name, facts, locale)
  const supplement = (name: 'check' | 'undo') => {
    const text = t.lookUp(`steps.${id}.${name}`, { appName: values.appName })
    // Without a cloud the step itself says so, once.
    const recipeCommands = recipe && values.cloud ? commands(`${recipe}-${name}`) : []
    return text || recipeCommands.length > 0 ? { text, commands: recipeCommands } : null
  }
  return {
    title: (values.sender && t.lookUp(`steps.${id}.titleFor`, { mailbox: values.sender })) || t(`steps.${id}.title`),
    why: t(`steps.${id}.why`),
    doing: t.list(ofHandOver(`handOver.steps.${id}.do`) ?? `steps.${id}.do`, { appName: values.appName }),
    /** What to copy and bring back. */
    back: t.lookUp(ofHandOver(`handOver.steps.${id}.back`) ?? `steps.${id}.back`),
    portal: portalOf(portal, values, knownFacts(facts, locale), t),
    commands: recipe ? commands(recipe) : [],
    /** How to see by hand that it is done, and how to take it back. Null if there is nothing to do. */
    check: supplement('check'),
    undo: supplement('undo'),
  }
}

function portalOf(label: Step['portal'], { cloud }: GuideValues, known: KnownFacts, t: Translator<'set-up'>) {
  const page = label && cloud && pageIn(cloud, label === 'appList' && known.clientId ? 'appOverview' : label, known)
  return page && { label: t.lookUp(`portals.${page.label}`) ?? page.url, url: page.url }
}

/** The commands that connect PowerShell to Exchange, needed before its steps. */
export const preparationCommands = ({ values }: Pick<Guide, 'values'>, locale: Locale): string[] =>
  commandsFor('prepare', factsOf(values), locale)

export const scriptInput = (
  { values, choices }: Pick<Guide, 'values' | 'choices'>,
  locale: Locale,
  consoleUrl: string,
): ScriptInput => ({
  ...choices,
  values,
  consoleUrl,
  t: translatorFor(locale, 'set-up'),
})
