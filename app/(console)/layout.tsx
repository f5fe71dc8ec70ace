import { cookies } from 'next/headers'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { Icon } from '@/components/icon'
import { StateBadge } from '@/components/state-badge'
import { Wordmark } from '@/components/wordmark'
import { THEME_COOKIE } from '@/lib/kernel/theme'
import { wiring } from '@/lib/wiring'
import { requireCaller } from '../_server/caller'
import { currentLocale, words } from '../_server/words'
import { AccountMenu, Places } from './rail'
import { SignOut } from './sign-out'

/** The console: the rail on the left (a menu above, on a narrow screen) and the state of mail on every page. */
export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const caller = await requireCaller('mail-server:read')
  const [t, locale, state] = await Promise.all([words('shell'), currentLocale(), wiring().mailServer.state()])
  const theme = (await cookies()).get(THEME_COOKIE)?.value

  const home = (
    <Link href="/mail-server" prefetch={false} className="rounded-md">
      <Wordmark />
    </Link>
  )
  const stateOfMail = (
    <Link
      href="/mail-server"
      prefetch={false}
      className="flex items-center gap-2 rounded-full text-sm text-faint hover:text-ink"
    >
      <span className="max-sm:sr-only">{t('mail')}</span>
      <StateBadge state={state} word={t(`state.${state}`)} />
    </Link>
  )
  const account = <AccountMenu {...{ caller, theme, locale, t }} signOut={<SignOut label={t('signOut')} />} />

  return (
    <div className="lg:grid lg:min-h-dvh lg:grid-cols-[15rem_minmax(0,1fr)]">
      <a
        href="#main"
        className="button button-primary absolute top-2 left-2 z-20 -translate-y-20 focus-visible:translate-y-0"
      >
        {t('skip')}
      </a>

      <header className="border-b border-line bg-paper lg:hidden">
        <div className="flex min-h-14 items-center justify-between gap-3 px-4">
          {home}
          {stateOfMail}
        </div>
        <details className="group border-t border-line">
          <summary className="flex min-h-10 list-none items-center gap-2 px-4 text-sm font-[550] text-soft [&::-webkit-details-marker]:hidden">
            <Icon name="menu" />
            {t('menu')}
          </summary>
          <div className="grid gap-5 px-2 pt-2 pb-4">
            <Places t={t} label={t('navigation')} />
            <div className="border-t border-line pt-3">{account}</div>
          </div>
        </details>
      </header>

      <header className="hidden border-r border-line lg:block">
        <div className="sticky top-0 flex h-dvh flex-col gap-6 overflow-y-auto px-3 py-5">
          <div className="grid gap-3 px-2.5">
            {home}
            {stateOfMail}
          </div>
          <Places t={t} label={t('navigation')} />
          <div className="mt-auto border-t border-line pt-3">{account}</div>
        </div>
      </header>

      <main id="main" tabIndex={-1} className="min-w-0 px-4 pt-6 pb-16 sm:px-8 lg:pt-10 xl:px-12">
        {children}
      </main>
    </div>
  )
}
