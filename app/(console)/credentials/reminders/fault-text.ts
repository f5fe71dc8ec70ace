import { faultTitle, isDiagnosisCode } from '@/lib/diagnosis'
import { type Locale, type Translator, translatorFor } from '@/lib/i18n/translations'
import type { DiagnosisCode } from '@/lib/kernel'
import type { ChannelKind } from '@/lib/notifications/kinds'
import type { Channel, SendFaultNote } from '@/lib/notifications/store/channel-rows'

const ADVICE: Partial<Record<DiagnosisCode, 'name' | 'not-allowed' | 'certificate'>> = {
  'name-not-found': 'name',
  'name-lookup-failed': 'name',
  'address-not-allowed': 'not-allowed',
  'certificate-untrusted': 'certificate',
  'certificate-expired': 'certificate',
  'certificate-name-mismatch': 'certificate',
}

/** Why a reminder could not be sent to a channel, and how to fix it. `help` is a code whose help page is about faults of a mail server. */
export function faultAdvice(
  kind: ChannelKind,
  { code, evidence }: Pick<SendFaultNote, 'code' | 'evidence'>,
  locale: Locale,
  isOwner = false,
) {
  const t = translatorFor(locale, 'reminders')
  if (isDiagnosisCode(code)) {
    const title = faultTitle(code, locale)
    // Other mail works in this case.
    const isAddressUnknown = code === 'recipient-not-found'
    const unknownAddressKey = isOwner ? 'fault.no-such-owner' : 'fault.no-such-address'
    if (kind === 'mail') return { title, advice: t(isAddressUnknown ? unknownAddressKey : 'fault.mail'), help: code }
    return { title, advice: t(`fault.${ADVICE[code] ?? 'connection'}`), help: null }
  }
  const title = t.lookUp(`fault.title.${code}`) ?? code
  if (code === 'http-status' || code === 'bad-reply') {
    const status = classOf(evidence)
    const key = kind === 'teams' && status === 'gone' ? 'gone-teams' : status
    return { title, advice: t(`fault.status.${key}`), help: null }
  }
  const adviceKey = code === 'address-unreadable' ? 'problem.address-unreadable' : `fault.${code}`
  return { title, advice: t.lookUp(adviceKey) ?? t('fault.connection'), help: null }
}

/** Through which of these channels the last notification failed, in up to two sentences; empty if through none. */
export function failingText(channels: readonly Channel[], t: Translator<'reminders'>): string {
  const failing = channels.filter(({ lastFault }) => lastFault !== null)
  const sentences = [
    { key: 'answer.failing' as const, named: failing.filter(({ ownerOnly }) => !ownerOnly) },
    { key: 'answer.failingOwners' as const, named: failing.filter(({ ownerOnly }) => ownerOnly) },
  ]
  return sentences
    .flatMap(({ key, named: [first, ...rest] }) => (first ? t(key, { count: rest.length + 1, name: first.name }) : []))
    .join(' ')
}

/** The evidence begins with the status. */
function classOf(evidence: string): 'broken' | 'busy' | 'moved' | 'gone' | 'other' {
  const status = Number(/^\d{3}/.exec(evidence)?.[0] ?? 0)
  if (status >= 500) return 'broken'
  if (status === 429) return 'busy'
  if (status >= 300 && status < 400) return 'moved'
  return [401, 403, 404, 410].includes(status) ? 'gone' : 'other'
}
