import type { Route } from 'next'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { warningDeed, warningPlace, warningText } from '@/app/(console)/_shell/warning-labels'
import {
  CREDENTIALS_PATH,
  MAIL_SERVERS_PATH,
  MESSAGES_PATH,
  REMINDERS_PATH,
  SET_UP_PATH,
  SYSTEM_PATH,
} from '@/app/paths'
import { Icon } from '@/components/icon'
import { Note } from '@/components/note'
import { absoluteTime } from '@/components/timestamp'
import type { Locale } from '@/lib/i18n/locale'
import type { KeyUnder, Translator } from '@/lib/i18n/translations'
import type { Role } from '@/lib/kernel/actor'
import { RECIPIENTS_A_DAY_MAX } from '@/lib/outbox/delivery/limits'
import { COUNTED_MAX } from '@/lib/outbox/service'
import type { Attention } from './attention'

/** More lines would not be an overview. */
const SHOWN_MAX = 8
const COLOUR: Record<Attention['tone'], string> = { bad: 'text-bad', warn: 'text-warn', info: 'text-accent' }

interface ViewContext {
  role: Role
  locale: Locale
  t: Translator<'overview'>
  /** Other catalogues whose texts are shown here. */
  people: Translator<'people'>
  reminders: Translator<'reminders'>
  /** Title of a diagnosis code. */
  titleOf: (code: string) => string
}

/** One line for each entry with a link to where it can be fixed, or a note that nothing needs attention. */
export function AttentionList({ entries, ...context }: { entries: readonly Attention[] } & ViewContext) {
  const { t } = context
  if (entries.length === 0)
    return (
      <Note kind="success" className="mb-8" title={t('attention.none')}>
        {t('attention.noneText')}
      </Note>
    )
  return (
    <section id="attention" aria-labelledby="attention-title" className="mb-8 rounded-lg border border-line bg-surface">
      <h2 id="attention-title" className="border-b border-line px-4 py-2.5 text-sm font-[600]">
        {t('attention.title', { count: entries.length })}
      </h2>
      <ul className="divide-y divide-line">
        {entries.slice(0, SHOWN_MAX).map((each) => {
          const { text, href, link } = lineOf(each, context)
          return (
            <Line key={`${each.kind} ${text}`} tone={each.tone} href={href} link={link}>
              {text}
            </Line>
          )
        })}
      </ul>
      {entries.length > SHOWN_MAX && (
        <p className="border-t border-line px-4 py-2.5 text-sm text-soft">
          {t('attention.more', { count: entries.length - SHOWN_MAX })}
        </p>
      )}
    </section>
  )
}

function Line(props: { tone: Attention['tone']; href: string; link: string; children: ReactNode }) {
  return (
    <li className="flex items-start gap-3 px-4 py-2.5">
      <Icon name={props.tone === 'info' ? 'info' : 'warning'} className={`mt-0.5 size-5 ${COLOUR[props.tone]}`} />
      <div className="flex min-w-0 flex-1 flex-wrap items-baseline justify-between gap-x-6 gap-y-0.5">
        <span className="min-w-0">{props.children}</span>
        <Link href={props.href as Route} prefetch={false} className="prose-link text-sm">
          {props.link}
        </Link>
      </div>
    </li>
  )
}

type AttentionKey =
  KeyUnder<'overview', 'attention'> extends infer Key ? (Key extends `${infer Name}.text` ? Name : never) : never

function lineOf(each: Attention, context: ViewContext): { text: string; href: string; link: string } {
  const { role, locale, t, people, reminders, titleOf } = context
  const line = (key: AttentionKey, href: string, values = {}) => ({
    text: t(`attention.${key}.text`, values),
    href,
    link: t(`attention.${key}.link`),
  })
  switch (each.kind) {
    case 'not-set-up':
      return line('notSetUp', SET_UP_PATH)
    case 'keys':
      return line('keys', `${SYSTEM_PATH}#keys`)
    case 'failing':
      return line('failing', MAIL_SERVERS_PATH)
    case 'unreadable':
      return line('unreadable', MAIL_SERVERS_PATH)
    case 'not-verified':
      return line('notVerified', MAIL_SERVERS_PATH)
    case 'state':
      return line('state', MAIL_SERVERS_PATH)
    case 'paused': {
      const { name, at, by, code, failover } = each.pause
      const when = absoluteTime(at, locale)
      const said =
        code === null
          ? line('pausedByPerson', MESSAGES_PATH, { who: by, when })
          : failover === null
            ? line('pausedByDiagnosis', MESSAGES_PATH, { title: titleOf(code), when })
            : line('standIn', MESSAGES_PATH, { title: titleOf(code), when, backup: failover })
      return name === '' ? said : { ...said, text: `${name}: ${said.text}` }
    }
    case 'silent': {
      const name = people.lookUp(`system.process.${each.name}`) ?? each.name
      return line('silent', `${SYSTEM_PATH}#processes`, { name })
    }
    case 'credential':
      return {
        text: warningText(each.warning, locale, reminders),
        href: warningPlace(each.warning),
        link: warningDeed(each.warning, role, reminders),
      }
    case 'failed':
      return each.count >= COUNTED_MAX
        ? line('failedMany', `${MESSAGES_PATH}?view=failed`, { count: COUNTED_MAX })
        : line('failed', `${MESSAGES_PATH}?view=failed`, { count: each.count })
    case 'held':
      return line('held', `${MESSAGES_PATH}?view=held`, { count: each.count })
    case 'unconfirmed':
      return line('unconfirmed', `${MESSAGES_PATH}?view=waiting`, { count: each.count, minutes: each.minutes })
    case 'reminders-given-up':
      return line('remindersGivenUp', `${REMINDERS_PATH}#told`, { count: each.count })
    case 'undated':
      return line('undated', `${CREDENTIALS_PATH}?state=date-unknown&kind=client-secret`, { count: each.count })
    case 'recipients':
      return line('recipients', '#limits', {
        mailbox: each.use.mailbox,
        used: each.use.recipientsLastDay,
        limit: RECIPIENTS_A_DAY_MAX,
      })
  }
}
