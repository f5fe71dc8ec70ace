import { type Locale, type Translator, translatorFor } from '../i18n/translations'
import { type DiagnosisCode, RETRY_OF } from '../kernel/diagnosis-code'
import { commandsFor } from './commands'
import { FACT_NAMES, isExchangeOnline, type KnownFacts, knownFacts, type RemedyFacts } from './facts'
import { faultTitle } from './fault-title'
import { portalPage } from './portal'

/** What happened, why, and how to fix it, in one language and with the values of this organisation. */
export type Remedy = ReturnType<typeof remedy>

export function remedy(code: DiagnosisCode, facts: RemedyFacts, locale: Locale) {
  const t = translatorFor(locale, 'diagnosis')
  const known = knownFacts(facts, locale)
  const values = { ...textValues(known, t), ...kindsOf(facts, known) }
  const isPlatforms = isSecretCode(code) && ['federated', 'managed'].includes(values.credential)
  const page = isPlatforms ? null : portalPage(code, facts, known)
  const at = `codes.${code}` as const
  return {
    title: faultTitle(code, locale),
    cause: t(`${at}.cause`, values),
    steps: stepsOf(code, t, values),
    /** Ready to copy, one line each. A line with `#` explains the next one. */
    commands: isPlatforms ? [] : commandsFor(code, facts, locale),
    portal: page && { label: t(`portals.${page.label}`), url: page.url },
  }
}

/** Faults of a secret that are found before any request. A platform's token is neither one of the application's secrets nor sealed. */
const isSecretCode = (code: DiagnosisCode) => code === 'secret-missing' || code === 'secret-unreadable'

/** The values by which a text chooses between variants. */
function kindsOf(facts: RemedyFacts, { mailbox, sender }: KnownFacts) {
  const { stage, evidence, problems, isReport } = facts
  return {
    credential: credentialVariant(facts),
    at: stage === 'token' ? 'token' : 'other',
    about: isReport ? 'report' : 'other',
    service: isExchangeOnline(facts) ? 'exchange' : 'other',
    address: isExchangeOnline(facts) && mailbox !== undefined && mailbox === sender ? 'own' : 'other',
    family: familyIn(evidence ?? ''),
    reply: evidence ?? '',
    replyKnown: evidence ? 'yes' : 'no',
    problems: problems?.join(' ') ?? '',
    problemsKnown: problems?.length ? 'yes' : 'no',
  }
}

/** The kind of credential: from the deployment, or at a server that is not Microsoft's a password. */
function credentialVariant(facts: RemedyFacts): 'federated' | 'managed' | 'password' | 'other' {
  const { credential } = facts
  if (credential === 'federated-token') return 'federated'
  if (credential === 'managed-identity') return 'managed'
  return credential === 'smtp-password' || !isExchangeOnline(facts) ? 'password' : 'other'
}

/** The family of the address in an evidence such as `ENETUNREACH 2001:db8::1`. */
function familyIn(evidence: string): 'IPv4' | 'IPv6' | 'unknown' {
  const address = /^E[A-Z]+ ([0-9a-f.:]+)/i.exec(evidence)?.[1] ?? ''
  if (address.includes(':')) return 'IPv6'
  return address.includes('.') ? 'IPv4' : 'unknown'
}

/** To wait comes first, because it spares the other steps. */
function stepsOf(code: DiagnosisCode, t: Translator<'diagnosis'>, values: Record<string, string>): string[] {
  const steps = t.list(`codes.${code}.steps`, values)
  return RETRY_OF[code] === 'settling' ? [t('settling'), ...steps] : steps
}

/** Every fact by name, or the name of its gap, and `<name>Known` for texts that say less if it is not known. */
function textValues(known: KnownFacts, t: Translator<'diagnosis'>): Record<string, string> {
  return Object.fromEntries(
    FACT_NAMES.flatMap((name) => [
      [name, known[name] ?? `‹${t(`gaps.${name}.name`)}›`],
      [`${name}Known`, known[name] === undefined ? 'no' : 'yes'],
    ]),
  )
}
