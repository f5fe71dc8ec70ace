import type { Locale } from '../i18n/locale'
import { type Translator, translatorFor } from '../i18n/translations'
import type { DiagnosisCode } from '../kernel/diagnosis-code'
import { RETRY_OF } from '../kernel/diagnosis-code'
import { commandsFor, permissionLines } from './commands'
import { FACT_NAMES, isExchangeOnline, type KnownFacts, knownFacts, type RemedyFacts } from './facts'
import { portalPage } from './portal'

/** What happened, why, and what mends it, in one language and this organisation's own values. */
export interface Remedy {
  title: string
  cause: string
  steps: string[]
  /** Ready to copy, one line each; a `#` line explains the next. */
  commands: string[]
  portal: { label: string; url: string } | null
}

export function remedy(code: DiagnosisCode, facts: RemedyFacts, locale: Locale): Remedy {
  const t = translatorFor(locale, 'diagnosis')
  const known = knownFacts(facts)
  const values = { ...textValues(known, t), ...kindsOf(facts) }
  const page = portalPage(code, facts, known)
  const at = `codes.${code}` as const
  return {
    title: t(`${at}.title`, values),
    cause: t(`${at}.cause`, values),
    steps: stepsOf(code, t, values),
    commands: commandsFor(code, facts, known, t),
    portal: page && { label: t(`portals.${page.label}`), url: page.url },
  }
}

/** The lines that let a sender be used in Exchange Online, ready to copy. */
export const permissionCommands = (
  way: Parameters<typeof permissionLines>[0],
  facts: RemedyFacts,
  locale: Locale,
): string[] => permissionLines(way, facts, knownFacts(facts), translatorFor(locale, 'diagnosis'))

/** What a text chooses its words by. */
function kindsOf(
  facts: RemedyFacts,
): Record<'proof' | 'at' | 'service' | 'family' | 'reply' | 'replyKnown' | 'problems' | 'problemsKnown', string> {
  const { stage, evidence, problems } = facts
  return {
    proof: verificationOf(facts),
    at: stage === 'token' ? 'token' : 'other',
    service: isExchangeOnline(facts) ? 'exchange' : 'other',
    family: familyIn(evidence ?? ''),
    reply: evidence ?? '',
    replyKnown: evidence ? 'yes' : 'no',
    problems: problems?.join(' ') ?? '',
    problemsKnown: problems?.length ? 'yes' : 'no',
  }
}

/** What signs in: a secret, or what the deployment shows in its place; at a mail server that is not Microsoft's, a password. */
function verificationOf(facts: RemedyFacts): 'federated' | 'managed' | 'password' | 'other' {
  const { credential } = facts
  if (credential === 'federated-token') return 'federated'
  if (credential === 'managed-identity') return 'managed'
  return credential === 'smtp-password' || !isExchangeOnline(facts) ? 'password' : 'other'
}

/** Of the address in an evidence such as `ENETUNREACH 2001:db8::1`. */
function familyIn(evidence: string): 'IPv4' | 'IPv6' | 'unknown' {
  const address = /^E[A-Z]+ ([0-9a-f.:]+)/i.exec(evidence)?.[1] ?? ''
  return address.includes(':') ? 'IPv6' : address.includes('.') ? 'IPv4' : 'unknown'
}

function stepsOf(code: DiagnosisCode, t: Translator<'diagnosis'>, values: Record<string, string>): string[] {
  const steps = t.list(`codes.${code}.steps`, values)
  return RETRY_OF[code] === 'settling' ? [...steps, t('settling')] : steps
}

/** Every fact by its name, its gap's name where it is not known, and `<name>Known` for a text that says less then. */
function textValues(known: KnownFacts, t: Translator<'diagnosis'>): Record<string, string> {
  return Object.fromEntries(
    FACT_NAMES.flatMap((name) => [
      [name, known[name] ?? `‹${t(`gaps.${name}.name`)}›`],
      [`${name}Known`, known[name] === undefined ? 'no' : 'yes'],
    ]),
  )
}
