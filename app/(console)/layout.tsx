import { cookies } from 'next/headers'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { MAIL_SERVERS_PATH } from '@/app/paths'
import { Icon } from '@/components/icon'
import { StateBadge } from '@/components/state-badge'
import { Wordmark } from '@/components/wordmark'
import type { Translator } from '@/lib/i18n/translations'
import { THEME_COOKIE } from '@/lib/kernel/theme'
import { requireCaller } from '../_server/caller'
import { stateOfMail } from '../_server/status'
import { currentLocale, getTranslations } from '../_server/translations'
import { AccountMenu, Places } from './_shell/sidebar'
import { SignOut } from './_shell/sign-out'
import { WarningBanner } from './_shell/warning-banner'

/** The console: navigation on the left (above, on a narrow screen) and the status on every page. */
export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const caller = await requireCaller('mail-server:read')
  const [t, locale] = await Promise.all([getTranslations('shell'), currentLocale()])
  const theme = (await cookies()).get(THEME_COOKIE)?.value

  const home = (
    <Link href={MAIL_SERVERS_PATH} prefetch={false} className="rounded-md">
      <Wordmark />
    </Link>
  )
  const account = <AccountMenu {...{ caller, theme, locale, t }} signOut={<SignOut label={t('signOut')} />} />

  return (
    <div className="lg:grid lg:min-h-dvh lg:grid-cols-[15rem_minmax(0,1fr)] print:block print:min-h-0">
      <a
        href="#main"
        className="no-print button button-primary absolute top-2 left-2 z-20 -translate-y-20 focus-visible:translate-y-0"
      >
        {t('skip')}
      </a>

      {/*
        What both widths show comes first: a browser paints what it has parsed so far, and a hidden menu before it would
        delay that.
      */}
      <header className="no-print border-b border-line bg-paper lg:border-r lg:border-b-0">
        <div className="lg:sticky lg:top-0 lg:flex lg:h-dvh lg:flex-col lg:gap-4 lg:overflow-y-auto lg:px-3 lg:py-5">
          <div className="flex min-h-14 items-center justify-between gap-3 px-4 lg:grid lg:min-h-0 lg:shrink-0 lg:items-stretch lg:justify-normal lg:px-2.5">
            {home}
            <StateOfMail t={t} />
          </div>
          <div className="hidden lg:contents">
            <Places t={t} label={t('navigation')} />
            <div className="mt-auto border-t border-line pt-3">{account}</div>
          </div>
          <details className="group border-t border-line lg:hidden">
            <summary className="flex min-h-10 list-none items-center gap-2 px-4 text-sm font-[550] text-soft [&::-webkit-details-marker]:hidden">
              <Icon name="menu" />
              {t('menu')}
            </summary>
            <div className="grid gap-5 px-2 pt-2 pb-4">
              <Places t={t} label={t('navigation')} />
              <div className="border-t border-line pt-3">{account}</div>
            </div>
          </details>
        </div>
      </header>

      <div className="min-w-0">
        <WarningBanner caller={caller} />
        <main id="main" tabIndex={-1} className="px-4 pt-6 pb-16 sm:px-8 lg:pt-10 xl:px-12 print:p-0">
          {children}
        </main>
      </div>
    </div>
  )
}

/** Its own component, because an `await` in the layout would delay the page. */
async function StateOfMail({ t }: { t: Translator<'shell'> }) {
  const state = await stateOfMail()
  return (
    <Link
      href={MAIL_SERVERS_PATH}
      prefetch={false}
      className="flex items-center gap-2 rounded-full text-sm text-faint hover:text-ink"
    >
      <span className="max-sm:sr-only">{t('mail')}</span>
      <StateBadge state={state} label={t(`state.${state}`)} />
    </Link>
  )
}
