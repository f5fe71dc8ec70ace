import { type KeyUnder, type Locale, translatorFor } from '../i18n/translations'
import type { DiagnosisCode } from '../kernel'
import { type FactName, isExchangeOnline, type KnownFacts, knownFacts, type RemedyFacts } from './facts'
import { isMicrosoftTemplate, microsoftLines, odataEquals, RBAC_NAME_BEGINS } from './microsoft'
import { commentLines, powershellString, shellString } from './powershell'

/** The steps of the set-up in Exchange, how each is checked, and how it is undone (`templates/microsoft/steps.ps1`). */
type SetUpStep = 'register' | 'mailbox' | 'scope' | 'smtp-auth'
/** The commands that do a step, check it or undo it. Those of `prepare` are run first, in the same window. */
export type SetUpRecipe = 'prepare' | SetUpStep | `${SetUpStep}-check` | `${SetUpStep}-undo`

/**
 * Returns commands, ready to copy, in PowerShell or for a shell. They fix a fault (`templates/microsoft/fixes.*`), do one step of the set-up in
 * Exchange, or give a sender its permission by the mailbox that logs in (`facts.mailbox`). Values are quoted. A value that is not known
 * is a marked gap, which a comment above the commands explains; it is inside the quotes, so that a command with a gap is still
 * well-formed. The list is empty if a fault has none.
 */
export function commandsFor(
  name: DiagnosisCode | SetUpRecipe | `permission-${'send-as' | 'login'}`,
  facts: RemedyFacts,
  locale: Locale,
): string[] {
  if (!isMicrosoftTemplate(name)) return []
  const { cloud } = facts
  if (cloud === null) return noCloud(locale)
  const known = knownFacts(facts, locale)
  const t = translatorFor(locale, 'diagnosis')
  const gaps = new Set<FactName>()
  const plain = (fact: FactName): string => {
    const value = known[fact]
    if (value !== undefined) return value
    gaps.add(fact)
    return `‹${t(`gaps.${fact}.name`)}›`
  }
  const lines = microsoftLines(name, cloud, {
    tenantId: facts.tenantId == null ? undefined : () => plain('tenantId'),
    conditions: conditionsOf(facts, known),
    fill: (form, fact) => FORMS[form]?.(plain, fact as FactName),
    say: (key) => [`# ${t(`comments.${key as KeyUnder<'diagnosis', 'comments'>}`)}`],
  })
  return [...[...gaps].map((fact) => `# ‹${t(`gaps.${fact}.name`)}›: ${t(`gaps.${fact}.where`)}`), ...lines]
}

/** Returns a comment in place of commands if the deployment does not have the cloud. Commands for another cloud could change another tenant. */
export const noCloud = (locale: Locale): string[] =>
  commentLines(translatorFor(locale, 'diagnosis')('comments.noCloud'))

const conditionsOf = (facts: RemedyFacts, known: KnownFacts) => ({
  exchange: isExchangeOnline(facts),
  objectId: known.objectId !== undefined,
  appName: known.appName !== undefined,
  /** With a password login there is no application. */
  application: Boolean(facts.clientId || facts.cloud || !facts.username),
  /** The fault is one of the request for a token. */
  signIn: facts.stage === 'token',
  /** The connection begins with TLS. */
  tls: facts.security === 'tls' || facts.stage === 'token' || facts.port === 443 || facts.port === 465,
})

type Plain = (fact: FactName) => string
const senderDomain = (plain: Plain): string => plain('sender').split('@').at(-1) ?? ''

/** What templates may contain besides sentences: facts as one argument of PowerShell or of a shell, alone or put together. */
const FORMS: Readonly<Record<string, (plain: Plain, fact: FactName) => string>> = {
  arg: (plain, fact) => powershellString(plain(fact)),
  shell: (plain, fact) => shellString(plain(fact)),
  appIdFilter: (plain) => powershellString(odataEquals('appId', plain('clientId'))),
  rbacName: (plain) => powershellString(RBAC_NAME_BEGINS + plain('clientId')),
  /** In Exchange's filter language `'` is doubled. */
  mailboxFilter: (plain) => powershellString(`PrimarySmtpAddress -eq '${plain('mailbox').replaceAll("'", "''")}'`),
  endpoint: (plain) => shellString(`${plain('host')}:${plain('port')}`),
  openIdUrl: (plain) =>
    shellString(`https://${plain('loginHost')}/${plain('tenantId')}/v2.0/.well-known/openid-configuration`),
  signInUrl: (plain) => shellString(`https://${plain('loginHost')}/`),
  senderDomain: (plain) => shellString(senderDomain(plain)),
  senderDmarc: (plain) => shellString(`_dmarc.${senderDomain(plain)}`),
}
