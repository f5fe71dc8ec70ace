import Link from 'next/link'
import type { ReactNode } from 'react'
import type { OperatorCaller } from '@/app/_server/caller'
import {
  ACCOUNT_PATH,
  ACTIVITY_PATH,
  CREDENTIALS_PATH,
  HELP_PATH,
  MAIL_SERVERS_PATH,
  MESSAGES_PATH,
  OVERVIEW_PATH,
  POLICY_PATH,
  SENDERS_PATH,
  SYSTEM_PATH,
} from '@/app/paths'
import { Icon, type IconName } from '@/components/icon'
import { LANGUAGE_NAMES, LOCALES, type Locale } from '@/lib/i18n/locale'
import type { MessageKey, Translator } from '@/lib/i18n/translations'
import { isTheme, THEMES } from '@/lib/kernel/theme'
import { NavLink } from './nav-link'

interface PlaceGroup {
  heading: MessageKey<'shell'> | null
  links: readonly { href: string; label: MessageKey<'shell'>; icon: IconName }[]
}

const PLACES: readonly PlaceGroup[] = [
  { heading: null, links: [{ href: OVERVIEW_PATH, label: 'overview', icon: 'overview' }] },
  {
    heading: 'systemSettings',
    links: [
      { href: MAIL_SERVERS_PATH, label: 'mailServer', icon: 'mail' },
      { href: CREDENTIALS_PATH, label: 'credentials', icon: 'key' },
      { href: POLICY_PATH, label: 'policy', icon: 'rules' },
      { href: SENDERS_PATH, label: 'senders', icon: 'people' },
    ],
  },
  {
    heading: 'watch',
    links: [
      { href: MESSAGES_PATH, label: 'messages', icon: 'messages' },
      { href: ACTIVITY_PATH, label: 'activity', icon: 'activity' },
      { href: SYSTEM_PATH, label: 'system', icon: 'system' },
      { href: HELP_PATH, label: 'help', icon: 'help' },
    ],
  },
]

/** The navigation: every page of the console. */
export function Places({ t, label }: { t: Translator<'shell'>; label: string }) {
  return (
    <nav aria-label={label} className="grid gap-4">
      {PLACES.map(({ heading, links }) => (
        <div key={heading}>
          {heading && <p className="mb-1 px-2.5 text-xs font-[550] text-faint">{t(heading)}</p>}
          <ul className="grid gap-0.5">
            {links.map(({ href, label: key, icon }) => (
              <li key={href}>
                <NavLink href={href}>
                  <Icon name={icon} />
                  {t(key)}
                </NavLink>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  )
}

/** Who is signed in, how the console looks and speaks to them, and the way out. */
export function AccountMenu(props: {
  caller: OperatorCaller
  theme: string | undefined
  locale: Locale
  t: Translator<'shell'>
  signOut: ReactNode
}) {
  const { caller, t, locale } = props
  const theme = isTheme(props.theme) ? props.theme : 'system'
  return (
    <div className="grid gap-3">
      <Link
        href={ACCOUNT_PATH}
        prefetch={false}
        className="flex items-center gap-2.5 rounded-md px-2.5 py-1.5 hover:bg-sunken"
      >
        <Icon name="person" className="size-5 text-faint" />
        <span className="min-w-0 leading-5">
          <span className="block truncate text-sm font-[550]">{caller.name}</span>
          <span className="block text-xs text-faint">{t(`role.${caller.actor.role}`)}</span>
        </span>
        <span className="sr-only">{t('account')}</span>
      </Link>
      <Choices label={t('language')}>
        {LOCALES.map((each) => (
          <ChoiceLink key={each} href={`?locale=${each}`} chosen={each === locale} lang={each}>
            {LANGUAGE_NAMES[each]}
          </ChoiceLink>
        ))}
      </Choices>
      <Choices label={t('theme.label')}>
        {(['system', ...THEMES] as const).map((each) => (
          <ChoiceLink key={each} href={`?theme=${each}`} chosen={each === theme}>
            {t(`theme.${each}`)}
          </ChoiceLink>
        ))}
      </Choices>
      {props.signOut}
    </div>
  )
}

function Choices({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="px-2.5">
      <p className="text-xs text-faint">{label}</p>
      <ul aria-label={label} className="flex flex-wrap gap-x-3 text-sm">
        {children}
      </ul>
    </div>
  )
}

/** Not a `Link`: proxy.ts answers it with a cookie, and it must not be fetched ahead. */
function ChoiceLink(props: { href: string; chosen: boolean; lang?: string; children: ReactNode }) {
  return (
    <li>
      <a
        href={props.href}
        lang={props.lang}
        hrefLang={props.lang}
        aria-current={props.chosen ? 'true' : undefined}
        className="inline-block rounded-sm py-1 text-soft hover:text-accent hover:underline aria-[current=true]:font-[600] aria-[current=true]:text-ink"
      >
        {props.children}
      </a>
    </li>
  )
}
