import { cookies } from 'next/headers'
import { FlashMessage } from '@/app/_form/flash-message'
import { PasswordInput, ResetSelect } from '@/app/_form/form-input'
import { PersonForm } from '@/app/_form/person-form'
import { requireSession } from '@/app/_server/caller'
import { confirmationOf } from '@/app/_server/confirmation'
import { page } from '@/app/_server/page'
import { signOutAction } from '@/app/(auth)/sign-out/actions'
import { ENROL_PATH } from '@/app/paths'
import { ButtonLink } from '@/components/button'
import { ButtonForm } from '@/components/button-form'
import type { Confirmation } from '@/components/confirm-fields'
import { Page } from '@/components/page'
import { Fold, Panel } from '@/components/panel'
import { LANGUAGE_NAMES, LOCALES, type Locale } from '@/lib/i18n/locale'
import type { Translator } from '@/lib/i18n/translations'
import { isTheme, THEME_COOKIE, THEMES } from '@/lib/kernel/theme'
import { services } from '@/lib/services'
import { PASSWORD_CHARS_MIN } from '@/lib/validation/password'
import {
  changePasswordAction,
  chooseLocaleAction,
  endOtherSessionsAction,
  endOwnSessionAction,
  removeFactorAction,
  renewCodesAction,
} from './actions'
import { SessionTable } from './session-table'

export default page('own-account:write', 'people', async ({ now, t, query }) => {
  const { session } = await requireSession()
  const { signIn } = services()
  const confirm = await confirmationOf(session)
  const { email, name, role, locale, secondFactor, id } = session.operator
  const sessions = await signIn.sessions(id)
  return (
    <Page title={t('account.title')} width="text">
      <FlashMessage query={query} t={t} texts="operator.done" className="" />
      <p>
        <b className="font-[600]">{name && name !== email ? `${name}, ${email}` : email}</b>
        <span className="block text-soft">{`${t(`role.${role}`)}: ${t(`roleMay.${role}`)}`}</span>
      </p>
      <Appearance chosen={locale} t={t} />
      <Panel id="password" title={t('account.password')} description={t('account.passwordEffect')}>
        <PersonForm
          action={changePasswordAction}
          confirm={confirm}
          submit={{ label: t('account.passwordSubmit'), kind: 'secondary' }}
        >
          <PasswordInput
            name="newPassword"
            label={t('field.newPassword')}
            hint={t('field.newPasswordHint', { min: PASSWORD_CHARS_MIN })}
            autoComplete="new-password"
          />
        </PersonForm>
      </Panel>
      <Panel id="second-factor" title={t('account.factor')}>
        {secondFactor ? (
          <OwnFactor codesLeft={await signIn.backupCodesLeft(id)} {...{ t, confirm }} />
        ) : (
          <>
            <p className="mb-3 text-soft">{t('account.factorOff')}</p>
            <ButtonLink href={ENROL_PATH} text={t('account.factorAdd')} />
          </>
        )}
      </Panel>
      <Panel
        id="sessions"
        title={t('account.sessions')}
        aside={sessions.total > 1 && <ButtonForm action={endOtherSessionsAction} small text={t('account.endOthers')} />}
        flush
      >
        {/* Not as its description, which would take the line of the button. */}
        <p className="px-4.5 pb-2.5 text-sm text-faint">{t('account.sessionsWhy')}</p>
        <SessionTable
          {...sessions}
          currentId={session.sessionId}
          end={endOwnSessionAction}
          showEmail={false}
          {...{ t, now }}
        />
      </Panel>
      <Panel id="sign-out">
        <div className="flex flex-wrap items-center justify-between gap-3">
          <p className="text-soft">{t('account.signOutEffect')}</p>
          <ButtonForm action={signOutAction} text={t('signOut')} />
        </div>
      </Panel>
    </Page>
  )
})

async function Appearance({ chosen, t }: { chosen: Locale | null; t: Translator<'people'> }) {
  const stored = (await cookies()).get(THEME_COOKIE)?.value
  const theme = isTheme(stored) ? stored : 'system'
  return (
    <Panel id="appearance" title={t('account.appearance.title')}>
      <div className="flex flex-wrap gap-x-10 gap-y-4">
        <PersonForm action={chooseLocaleAction} submit={{ label: t('account.languageSave'), kind: 'secondary' }}>
          <ResetSelect
            name="locale"
            label={t('account.languageLabel')}
            defaultValue={chosen ?? ''}
            options={[
              { value: '', label: t('account.languageOfBrowser') },
              ...LOCALES.map((locale) => ({ value: locale, label: LANGUAGE_NAMES[locale] })),
            ]}
          />
        </PersonForm>
        <div>
          <p id="colours" className="mb-1 text-sm font-[580]">
            {t('account.appearance.colours')}
          </p>
          {/* Not `Link`: proxy.ts answers with a cookie, and they must not be fetched ahead. */}
          <ul aria-labelledby="colours" className="inline-flex overflow-hidden rounded-md border border-edge shadow-1">
            {(['system', ...THEMES] as const).map((each) => (
              <li key={each} className="border-l border-line first:border-l-0">
                <a
                  href={`?theme=${each}`}
                  aria-current={each === theme ? 'true' : undefined}
                  className="flex min-h-9 items-center bg-raised px-3 text-soft focus-visible:-outline-offset-2 hover:bg-well hover:text-ink aria-[current=true]:bg-accent-wash aria-[current=true]:font-[600] aria-[current=true]:text-accent max-sm:min-h-10"
                >
                  {t(`account.appearance.${each}`)}
                </a>
              </li>
            ))}
          </ul>
        </div>
      </div>
    </Panel>
  )
}

/** What can be done with a second factor that is on: new backup codes, or off. Both ask for password and code each time. */
function OwnFactor({ codesLeft, t, confirm }: { codesLeft: number; t: Translator<'people'>; confirm: Confirmation }) {
  return (
    <>
      <p className="mb-2 text-soft">
        {t('account.factorOn')} {t('account.codesLeft', { count: codesLeft })}
      </p>
      <Fold summary={t('account.codesRenew')}>
        <p className="mb-3 text-sm text-soft">{t('account.codesRenewEffect')}</p>
        <PersonForm
          action={renewCodesAction}
          confirm={confirm}
          submit={{ label: t('account.codesRenewSubmit'), kind: 'secondary' }}
        />
      </Fold>
      <Fold summary={t('account.factorRemove')}>
        <p className="mb-3 text-sm text-soft">{t('account.factorRemoveEffect')}</p>
        <PersonForm
          action={removeFactorAction}
          confirm={confirm}
          submit={{ label: t('account.factorRemoveSubmit'), kind: 'danger' }}
        />
      </Fold>
    </>
  )
}
