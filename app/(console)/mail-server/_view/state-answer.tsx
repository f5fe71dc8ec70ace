import type { ReactNode } from 'react'
import { type Paused, pauseText } from '@/app/(console)/messages/pause-text'
import {
  credentialPath,
  MESSAGES_PATH,
  messagePath,
  SET_UP_PATH,
  SYSTEM_PATH,
  testReportPath,
  withQuery,
} from '@/app/paths'
import { Answer, type AnswerProps } from '@/components/answer'
import { ButtonLink } from '@/components/button'
import { PlainLink } from '@/components/text'
import type { TranslationValues, Translator, ViewContext } from '@/lib/i18n/translations'
import type { MailServerView } from '@/lib/mail-server'

interface Facts extends ViewContext<'mail-server'> {
  view: MailServerView
  server: string
  /** Null if it is the first and only one. */
  name: string | null
  /** The default mail server, a rule or a failover names it. */
  isInUse: boolean
  maySave: boolean
  mayTest: boolean
  pause: Paused | null
  messages: Translator<'messages'>
}

/** Whether it sends, and as which address, in one sentence, with the next step. */
export function StateAnswer(facts: Facts) {
  return (
    <Answer
      {...(facts.view.version === 0
        ? unsaved(facts)
        : (unusable(facts) ?? paused(facts) ?? fallback(facts) ?? failure(facts) ?? working(facts)))}
    />
  )
}

function unsaved({ view, server, name, maySave, t }: Facts): AnswerProps {
  const title = name === null ? t('answer.first') : t('answer.another', { name })
  if (!maySave)
    return {
      tone: 'neutral',
      title: name === null ? t('answer.firstForReaders') : title,
      detail: t('answer.setUpForReaders'),
    }
  if (view.latestTest?.outcome === 'accepted') return { tone: 'info', title, detail: t('answer.saveTested') }
  return { tone: 'info', title, detail: t('answer.setUp'), action: toGuide({ server, name, t }) }
}

/** What is left to do at Microsoft. */
export const toGuide = ({ server, name, t }: Pick<Facts, 'server' | 'name' | 't'>): ReactNode =>
  link(withQuery(SET_UP_PATH, { server: name === null ? '' : server }), t('answer.guide'))

/** On a narrow screen the test is below the form. */
const toTest = (text: ReactNode) => <PlainLink href="#send-test">{text}</PlainLink>

const titleAndDetail = (
  t: Facts['t'],
  key: 'secretElsewhere' | 'secretUnreadable' | 'fallback',
  values: TranslationValues = {},
) => ({ title: t(`answer.${key}`, values), detail: t(`answer.${key}Detail`, values) })

/** Saved settings that cannot be used. */
function unusable({ view: { unreadable, secret }, maySave, t }: Facts): AnswerProps | null {
  if (unreadable) {
    const detail = t(maySave ? 'answer.unreadableDetail' : 'answer.unreadableForReaders')
    return { tone: 'bad', title: t('answer.unreadable'), detail }
  }
  if (!secret.set) return null
  if (secret.destinationChange !== null)
    return { tone: 'bad', ...titleAndDetail(t, 'secretElsewhere', { change: secret.destinationChange }) }
  if (secret.readable) return null
  // A secret that was removed has no key.
  const action = secret.kid && link(`${SYSTEM_PATH}#keys`, t('answer.toKeys'))
  return { tone: 'bad', ...titleAndDetail(t, 'secretUnreadable', { kid: secret.kid || 'unknown' }), action }
}

/** A person resumes it above. */
function paused({ pause, messages }: Facts): AnswerProps | null {
  if (pause === null) return null
  const { title, ...rest } = pauseText(pause, messages)
  const kind = rest.tone === 'bad' ? 'primary' : 'secondary'
  const action = pause.code !== null && link(MESSAGES_PATH, messages('paused.whatToDo'), kind)
  return { ...rest, title: `${title}.`, action }
}

function fallback({ view: { fallbackUntil }, server, t }: Facts): AnswerProps | null {
  if (fallbackUntil === null) return null
  const action = link(credentialPath(server), t('answer.toCredential'))
  return { tone: 'warn', ...titleAndDetail(t, 'fallback', { until: t.time(fallbackUntil) }), action }
}

function failure({ view, server, maySave, t }: Facts): AnswerProps | null {
  const { failing, fields } = view
  switch (failing?.kind) {
    case undefined:
    case 'unreadable':
    case 'paused':
      return null
    case 'credential-refused': {
      const action = toReplace(server, maySave, t)
      const detail = t('answer.rejectedDetail', { address: fields.senderAddress })
      return { tone: 'bad', title: t('failing.credential-refused'), detail, action }
    }
    case 'delivery': {
      const action = link(messagePath(failing.evidenceId), t('answer.openMessage'), 'primary')
      return { tone: 'bad', title: t('failing.delivery'), detail: t('answer.deliveryFailedDetail'), action }
    }
    case 'test': {
      const action = link(testReportPath(failing.evidenceId), t('answer.openReport'), 'primary')
      return { tone: 'bad', title: t('failing.test'), action }
    }
  }
}

function working({ view, server, name, isInUse, mayTest, maySave, now, t }: Facts): AnswerProps {
  const { state, secret, fields, verifiedBy, deliveredBy, version } = view
  const address = fields.senderAddress
  if (state === 'unverified') {
    const detail = mayTest ? t.rich('answer.sendTest', { test: toTest }) : t('answer.sendTestForReaders')
    const isGuided = maySave && fields.type === 'exchange-online-oauth2'
    return { tone: 'info', title: t('answer.unverified'), detail, action: isGuided && toGuide({ server, name, t }) }
  }
  if (state === 'expiring' && secret.set && secret.expiresAt) {
    const isPassword = secret.kind === 'smtp-password'
    const kind = t.lookUp(`kind.${secret.kind}`) ?? t('kind.client-secret')
    const date = t.spokenDate(secret.expiresAt, now)
    const isPast = secret.expiresAt < now
    return {
      tone: 'warn',
      title: t(isPast ? 'answer.expired' : 'answer.expires', { kind, date }),
      detail: isPassword
        ? `${maySave ? t('answer.enterPassword') : ''} ${t('answer.passwordDetail', { address })}`.trim()
        : t(isPast ? 'answer.expiredDetail' : 'answer.expiresDetail', { address }),
      // A password is replaced in the form below.
      action: !isPassword && toReplace(server, maySave, t),
    }
  }
  const message = verifiedBy ?? deliveredBy
  const detail = t(verifiedBy ? 'answer.worksTest' : 'answer.worksDelivery', {
    address,
    number: version,
    date: message ? t.date(message.at) : '',
  })
  const action = verifiedBy && link(testReportPath(verifiedBy.testId), t('answer.openReport'))
  if (isInUse) return { tone: 'good', title: t('answer.works'), detail, action }
  return { tone: 'info', title: t('answer.unused'), detail: `${detail} ${t('answer.unusedDetail')}`, action }
}

const toReplace = (server: string, maySave: boolean, t: Facts['t']): ReactNode =>
  link(credentialPath(server), t(maySave ? 'answer.replace' : 'answer.toCredential'), maySave ? 'primary' : 'secondary')

const link = (href: string, label: string, kind: 'primary' | 'secondary' = 'secondary'): ReactNode => (
  <ButtonLink href={href} kind={kind} text={label} />
)
