import { SET_UP_PATH, withQuery } from '@/app/paths'
import type { SearchParams } from '@/app/search-params'
import { isLocale, type Locale } from '@/lib/i18n/locale'
import { groupBy } from '@/lib/kernel'
import { holdsSecret } from '@/lib/mail-server/paste'
import type { ListedServer } from '@/lib/mail-server/servers'
import type { SetupGuideView } from '@/lib/setup-guide'
import { STEP_IDS, type StepId } from '@/lib/setup-guide/steps'
import { GUIDE_FIELDS, type Guide, type GuideField, type GuideQuery, guideQuery } from '@/lib/setup-guide/values'

/** Longer than any valid value. A longer parameter is ignored. */
const CHARS_MAX = 400

/** The guide's values from its address. A secret that was pasted into one of the fields is neither used nor shown again. */
export function guideValuesIn(query: SearchParams): { entered: GuideQuery; secretPasted: boolean } {
  const entered: GuideQuery = {}
  let secretPasted = false
  for (const field of GUIDE_FIELDS) {
    const text = query[field]
    if (typeof text !== 'string' || text.length > CHARS_MAX) continue
    if (holdsSecret(text)) secretPasted = true
    else entered[field] = text
  }
  return { entered, secretPasted }
}

/** The language of a hand-over sheet, which may differ from that of the reader. */
export const languageIn = ({ language }: SearchParams, otherwise: Locale): Locale =>
  isLocale(language) ? language : otherwise

export function guideHref(
  guide: Pick<Guide, 'values' | 'choices'>,
  server: string,
  path = SET_UP_PATH,
  more: Record<string, string> = {},
): string {
  return `${path}?${new URLSearchParams({ server, ...Object.fromEntries(guideQuery(guide)), ...more })}`
}

/** The address of one step; of the values before the first one, for null. Values that are not typed need not be repeated. */
export function stepHref(
  guide: Guide,
  server: string,
  step: StepId | 'values' | null,
  path: string = SET_UP_PATH,
  more: Record<string, string> = {},
): string {
  const place: Record<string, string> = step === null ? more : { ...more, step }
  return guide.typed ? guideHref(guide, server, path, place) : `${path}?${new URLSearchParams({ server, ...place })}`
}

export type GuideStep = SetupGuideView['steps'][number]

/**
 * The step in the address. Without one it is the first that a test found not done, else the first that is not confirmed and has no result,
 * or null for the values before the first step, if there are none yet or if one of them is invalid.
 */
export function stepIn({ step }: SearchParams, view: SetupGuideView): GuideStep | null {
  const { guide, saved, steps } = view
  const named = steps.find(({ id }) => id === step)
  if (named) return named
  const hasValues = (saved !== null || guide.typed) && Object.keys(guide.validationErrors).length === 0
  const failed = steps.find(({ id, state }) => id !== 'test' && ['rejected', 'propagating'].includes(state.kind))
  const open = failed ?? steps.find((each) => each.state.kind !== 'verified' && !hasResult(each, view)) ?? steps.at(-1)
  return step === 'values' || !hasValues || !open ? null : open
}

/** Whether what the step leads to is known or stored, although no test has confirmed it. */
const hasResult = ({ id }: GuideStep, { guide: { values }, saved, isAboutSaved }: SetupGuideView): boolean =>
  (id === 'register' && values.clientId !== null) ||
  (id === 'objectId' && values.objectId !== null) ||
  (isAboutSaved && id === saved?.credential)

/** The steps that are not confirmed: from the one at which the guide opens to the last, then those before it. */
export function stepsLeft(step: GuideStep | null, steps: readonly GuideStep[]): GuideStep[] {
  const at = step ? steps.indexOf(step) : 0
  return [...steps.slice(at), ...steps.slice(0, at)].filter(({ state }) => state.kind !== 'verified')
}

/** The next step that is not confirmed; after the last of these, simply the next one. */
export function stepAfter(step: GuideStep, steps: readonly GuideStep[]): GuideStep | undefined {
  const later = steps.slice(steps.indexOf(step) + 1)
  return later.find(({ state }) => state.kind !== 'verified') ?? later[0]
}

/** The step in an address that need not belong to the reader's guide. */
export const stepIdIn = ({ step }: SearchParams): StepId | null => STEP_IDS.find((id) => id === step) ?? null

/** The text of a field. An invalid value is shown as it was entered. */
export const fieldText = (field: GuideField, entered: GuideQuery, guide: Guide): string =>
  (guide.validationErrors[field] ? entered[field] : guideQuery(guide).get(field)) ?? ''

/** More would be a list to search. */
const OFFERED_MAX = 3

type Servers = readonly Pick<ListedServer, 'id' | 'name' | 'settings'>[]

const applicationsExceptOf = (server: string, servers: Servers) =>
  servers.flatMap(({ id, name, settings }) =>
    id !== server && settings?.type === 'exchange-online-oauth2'
      ? [{ name, cloud: settings.cloud, tenant: settings.tenantId, client: settings.clientId }]
      : [],
  )

/** The names of the other mail servers that sign in with the application of the guide. */
export const sharersOf = ({ values }: Pick<Guide, 'values'>, servers: Servers, server: string): string[] =>
  applicationsExceptOf(server, servers)
    .filter(({ cloud, client }) => client === values.clientId && cloud === values.cloud?.id)
    .map(({ name }) => name)

/** The applications of the other mail servers, each once, with the address of this guide with their values. */
export function otherApplications(servers: Servers, server: string) {
  const known = applicationsExceptOf(server, servers)
  return [...groupBy(known, ({ cloud, tenant, client }) => `${cloud} ${tenant} ${client}`).values()]
    .slice(0, OFFERED_MAX)
    .map(([{ name, ...values }]) => ({ name, href: withQuery(SET_UP_PATH, { server, ...values, step: 'values' }) }))
}
