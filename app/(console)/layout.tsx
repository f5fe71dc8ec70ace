import type { ReactNode } from 'react'
import { signOutAction } from '@/app/(auth)/sign-out/actions'
import { OVERVIEW_PATH } from '@/app/paths'
import { OfAccount } from '@/components/account'
import { ButtonForm } from '@/components/button-form'
import { Icon } from '@/components/icon'
import { Link } from '@/components/text'
import { Wordmark } from '@/components/wordmark'
import { requireCaller } from '../_server/caller'
import { refusable } from '../_server/refusal'
import { getTranslations } from '../_server/translations'
import { MENU_ID } from './_shell/menu-id'
import { Account, NotSentBar, OrganisationName, Places, StateOfMail } from './_shell/rail'

/**
 * The console: on the left a rail with the state of mail and the navigation, above on a narrow screen; on the right the page on its
 * sheet. The navigation is there once: a narrow screen opens it as a popover, which needs no script.
 */
export default refusable(async ({ children }: { children: ReactNode }) => {
  const caller = await requireCaller('mail-server:read')
  const t = await getTranslations('shell')
  return (
    <OfAccount id={caller.actor.id}>
      <div className="rail:grid rail:min-h-dvh rail:grid-cols-[14.5rem_minmax(0,1fr)] print:block print:min-h-0">
        <a href="#main" className="skip-link button button-primary">
          {t('skip')}
        </a>
        <a href="#results" className="skip-link button button-primary">
          {t('skipToList')}
        </a>

        {/* What both widths show comes first: a browser paints what it has parsed so far. */}
        <header className="no-print flex min-h-13 items-center gap-2.5 px-4 py-2.5 rail:sticky rail:top-0 rail:h-dvh rail:flex-col rail:items-stretch rail:gap-0.5 rail:overflow-y-auto rail:px-3 rail:py-3.5">
          <Link
            href={OVERVIEW_PATH}
            className="shrink-0 rounded-md max-rail:py-2 rail:shrink rail:px-2 rail:pt-1 rail:pb-3"
          >
            <Wordmark organisation={<OrganisationName />} />
          </Link>
          <StateOfMail t={t} caller={caller} />
          <button
            type="button"
            popoverTarget={MENU_ID}
            className="button button-secondary ml-auto shrink-0 whitespace-nowrap rail:hidden"
          >
            <Icon name="menu" className="size-4 max-[22rem]:hidden" />
            {t('menu')}
          </button>
          <div id={MENU_ID} popover="auto" className="rail-menu">
            <Places t={t} />
            <div className="mt-auto flex items-center pt-3">
              <Account caller={caller} t={t} />
              {/* A form, so that it works without scripts and no link can sign anyone out. */}
              <ButtonForm
                action={signOutAction}
                kind="quiet"
                aria-label={t('signOut')}
                title={t('signOut')}
                className="text-faint"
                text={<Icon name="leave" className="size-4" />}
              />
            </div>
          </div>
        </header>

        <main
          id="main"
          tabIndex={-1}
          className="min-w-0 rounded-t-xl border-t border-line bg-sheet shadow-1 max-rail:min-h-[calc(100dvh-3.25rem)] rail:my-2 rail:mr-2 rail:rounded-xl rail:border print:m-0 print:border-0 print:shadow-none"
        >
          <NotSentBar t={t} />
          {children}
        </main>
      </div>
    </OfAccount>
  )
})
