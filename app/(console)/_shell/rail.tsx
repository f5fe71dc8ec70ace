import type { ReactNode } from 'react'
import type { OperatorCaller } from '@/app/_server/caller'
import { loadPart } from '@/app/_server/part'
import { credentialWarnings, mailCard, organisationNow, outboxPulse } from '@/app/_server/status'
import {
  ACCOUNT_PATH,
  ACTIVITY_PATH,
  CLIENTS_PATH,
  CREDENTIALS_PATH,
  HELP_PATH,
  MAIL_SERVERS_PATH,
  MESSAGES_PATH,
  OVERVIEW_PATH,
  POLICY_PATH,
  SENDERS_PATH,
  SYSTEM_PATH,
} from '@/app/paths'
import { numberShown } from '@/components/answer'
import { Icon, type IconName } from '@/components/icon'
import { Dot } from '@/components/state-badge'
import { Foreign, Link } from '@/components/text'
import { may } from '@/lib/access/permissions'
import type { MessageKey, Translator } from '@/lib/i18n/translations'
import { services } from '@/lib/services'
import { cappedCount } from '../messages/labels'
import { type CardState, type MailCard, resumedText, urgentCredentials } from './mail-card'
import { LinkElsewhere, NavLink } from './nav-link'

type T = Translator<'shell'>

const DOT: Record<CardState | 'unknown', string> = {
  unknown: 'fill-mute-fill',
  'not-set-up': 'fill-mute-fill',
  failing: 'fill-bad-fill',
  resumed: 'fill-warn-fill',
  paused: 'fill-warn-fill',
  failover: 'fill-warn-fill',
  fallback: 'fill-warn-fill',
  unverified: 'fill-accent',
  delivering: 'fill-good-fill',
}

export async function OrganisationName() {
  const loaded = await loadPart('name of the organisation', organisationNow)
  return loaded.ok && loaded.value.name !== '' && <bdi>{loaded.value.name}</bdi>
}

/** The state of mail, which leads to what explains it. Its own component, because an `await` in the layout would delay the page. */
export async function StateOfMail({ t, caller }: { t: T; caller: OperatorCaller }) {
  const loaded = await loadPart('state of mail', async () => {
    const card = await mailCard()
    return { ...card, detail: await cardDetail(card, t, caller) }
  })
  const card = loaded.ok
    ? loaded.value
    : { state: 'unknown' as const, href: SYSTEM_PATH, server: null, detail: t('card.unknown-detail') }
  return (
    <Link
      href={card.href}
      className="grid min-w-0 grid-cols-[auto_minmax(0,1fr)] content-center items-center max-rail:min-h-10 gap-x-2 rounded-md text-sm leading-4.5 font-[600] hover:border-edge rail:mb-2.5 rail:border rail:border-line rail:bg-raised rail:px-2.5 rail:py-2 rail:shadow-1"
    >
      <Dot className={`size-2 ${DOT[card.state]}`} />
      <span className="min-w-0">
        <span className="sr-only">{`${t('card.label')}: `}</span>
        <span>{t(`card.${card.state}`)}</span>
      </span>
      {card.server && <bdi className="col-start-2 truncate text-xs font-[500] text-soft">{card.server}</bdi>}
      <span className="col-start-2 text-xs font-[400] text-faint max-rail:hidden">{card.detail}</span>
    </Link>
  )
}

async function cardDetail(card: MailCard, t: T, { actor }: OperatorCaller): Promise<string> {
  const { state, failingIds, name, since, failed } = card
  const now = services().clock.now()
  const facts = { name: name ?? '', since: since ? t.sinceDay(since, now) : '' }
  switch (state) {
    case 'not-set-up':
      return t('card.not-set-up-detail')
    case 'unverified':
      return t(may(actor.role, 'mail-server:test') ? 'card.unverified-detail' : 'card.unverified-readers')
    case 'delivering': {
      const { lastAcceptedAt } = await outboxPulse()
      if (!lastAcceptedAt) return t('card.delivering-none')
      return t('card.delivering-detail', { ago: t.relativeTime(lastAcceptedAt, now) })
    }
    case 'resumed':
      return t('card.resumed-detail')
    case 'failing': {
      const waiting = await services().outbox.waitingAt(failingIds)
      if (waiting.since) {
        const { count, since } = waiting
        return t('card.failing-detail', { count, countShown: cappedCount(count, t), since: t.sinceDay(since, now) })
      }
      return failed ? t(`card.failed-${failed.how}`, { ago: t.relativeTime(failed.at, now) }) : t('card.failing-none')
    }
    default:
      return since ? t(`card.${state}-detail`, facts) : facts.name
  }
}

/** Spans every page while no mail leaves at all and no failover server has taken over, and until the first attempt after delivery was resumed. */
export async function NotSentBar({ t }: { t: T }) {
  const card = await loadPart('state of mail', mailCard)
  if (!card.ok) return null
  const { isStopped, resumedAt, failingIds } = card.value
  if (resumedAt) return <ResumedBar resumedAt={resumedAt} mailServerIds={failingIds} t={t} />
  if (!isStopped) return null
  return (
    <MailBar ground="bg-bad-wash" icon={<Icon name="warning" className="mt-0.5 size-4 text-bad" />}>
      <div className="flex flex-wrap gap-x-2">
        <p className="font-[600]">{t('notSent')}</p>
        <LinkElsewhere href={card.value.reason} text={t('notSentLink')} />
      </div>
    </MailBar>
  )
}

const MailBar = ({ ground, icon, children }: { ground: string; icon: ReactNode; children: ReactNode }) => (
  <div className={`no-print flex gap-x-2 rounded-t-[inherit] px-4 py-2 text-sm sm:px-6 lg:px-10 ${ground}`}>
    {icon}
    {children}
  </div>
)

async function ResumedBar(props: { resumedAt: Date; mailServerIds: readonly string[]; t: T }) {
  const { resumedAt, mailServerIds, t } = props
  const loaded = await loadPart('next attempt', () => services().outbox.nextAttemptAt(mailServerIds))
  if (!loaded.ok) return null
  return (
    <MailBar ground="bg-warn-wash" icon={<Icon name="clock" className="mt-0.5 size-4 text-warn" />}>
      <p>{resumedText(resumedAt, loaded.value, { now: services().clock.now(), t })}</p>
    </MailBar>
  )
}

interface PlaceGroup {
  heading: MessageKey<'shell'> | null
  links: readonly { href: string; label: MessageKey<'shell'>; icon: IconName; count?: 'messages' | 'credentials' }[]
}

const PLACES: readonly PlaceGroup[] = [
  {
    heading: null,
    links: [
      { href: OVERVIEW_PATH, label: 'overview', icon: 'overview' },
      { href: MESSAGES_PATH, label: 'messages', icon: 'messages', count: 'messages' },
      { href: CREDENTIALS_PATH, label: 'credentials', icon: 'key', count: 'credentials' },
    ],
  },
  {
    heading: 'groups.sending',
    links: [
      { href: CLIENTS_PATH, label: 'clients', icon: 'printer' },
      { href: MAIL_SERVERS_PATH, label: 'mailServers', icon: 'mail' },
      { href: SENDERS_PATH, label: 'senders', icon: 'people' },
      { href: POLICY_PATH, label: 'policy', icon: 'rules' },
    ],
  },
  {
    heading: 'groups.console',
    links: [
      { href: ACTIVITY_PATH, label: 'activity', icon: 'activity' },
      { href: SYSTEM_PATH, label: 'system', icon: 'system' },
      { href: HELP_PATH, label: 'help', icon: 'help' },
    ],
  },
]

/** The navigation: every page of the console, with a red number where something needs a person. */
export function Places({ t }: { t: T }) {
  return (
    <nav aria-label={t('navigation')} className="grid gap-3.5">
      {PLACES.map(({ heading, links }) => (
        <div key={heading}>
          {heading && <p className="mb-1 px-2.5 text-xs font-[550] text-faint">{t(heading)}</p>}
          <ul className="grid gap-0.5">
            {links.map(({ href, label, icon, count }) => (
              <li key={href}>
                <NavLink href={href} icon={icon} label={t(label)}>
                  {count && <Count kind={count} t={t} />}
                </NavLink>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  )
}

async function Count({ kind, t }: { kind: 'messages' | 'credentials'; t: T }) {
  const loaded = await loadPart(`count of ${kind}`, async () =>
    kind === 'messages' ? (await outboxPulse()).failed : urgentCredentials(await credentialWarnings()),
  )
  const count = loaded.ok ? loaded.value : null
  if (count === 0) return null
  return (
    <>
      <span
        aria-hidden="true"
        className="ml-auto min-w-5 rounded-full bg-bad-wash px-1.5 text-center text-xs leading-4.5 font-[600] text-bad tabular-nums"
      >
        {count === null ? '?' : numberShown(count)}
      </span>
      <span className="sr-only">
        {`, ${count === null ? t('countUnknown') : t(kind === 'messages' ? 'failedCount' : 'needs', { count })}`}
      </span>
    </>
  )
}

export function Account({ caller, t }: { caller: OperatorCaller; t: T }) {
  return (
    <Link
      href={ACCOUNT_PATH}
      className="rail-link flex min-w-0 flex-1 items-center gap-2 rounded-md py-2 pr-1 pl-2 hover:bg-ink/6"
    >
      <span
        aria-hidden="true"
        className="flex size-7 shrink-0 items-center justify-center rounded-full bg-accent-wash text-xs font-[650] text-accent"
      >
        {initialsOf(caller.name)}
      </span>
      <span className="min-w-0 text-sm leading-4.5">
        <span className="line-clamp-3 font-[550] wrap-anywhere">
          <Foreign>{caller.name}</Foreign>
        </span>
        <span className="block text-xs text-faint">{t(`role.${caller.actor.role}`)}</span>
      </span>
      <span className="sr-only">{t('account')}</span>
    </Link>
  )
}

/** The initials of the first and the last part of a name, or of the only one. */
function initialsOf(name: string): string {
  const parts = name.trim().split(/\s+/)
  const ends = parts.length > 1 ? [parts[0], parts.at(-1)] : parts.slice(0, 1)
  return ends.map((part) => [...(part ?? '')][0]?.toUpperCase() ?? '').join('')
}
