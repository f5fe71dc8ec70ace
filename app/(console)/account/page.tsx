import type { Metadata } from 'next'
import { cookies } from 'next/headers'
import { RefusalMessage } from '@/app/_form/flash-message'
import { PersonForm } from '@/app/_form/person-form'
import { requireCaller, requireSession } from '@/app/_server/caller'
import { confirmationOf } from '@/app/_server/confirmation'
import { getTranslations } from '@/app/_server/translations'
import { ENROL_PATH } from '@/app/paths'
import { ButtonLink } from '@/components/button-link'
import { DataList } from '@/components/data-list'
import { Note } from '@/components/note'
import { Page } from '@/components/page'
import { Section } from '@/components/section'
import type { SignedIn } from '@/lib/accounts/terms'
import { LANGUAGE_NAMES, LOCALES, type Locale } from '@/lib/i18n/locale'
import type { Translator } from '@/lib/i18n/translations'
import { isTheme, THEME_COOKIE, THEMES } from '@/lib/kernel/theme'
import { services } from '@/lib/services'
import { PASSWORD_CHARS_MIN } from '@/lib/validation/password'
import { changePasswordAction, chooseLocaleAction, endOwnSessionAction } from './actions'
import { OwnFactor } from './own-factor'
import { SessionTable } from './session-table'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('people'))('account.title') }
}

export default async function AccountPage({ searchParams }: PageProps<'/account'>) {
  const caller = await requireCaller('own-account:write')
  const { session } = await requireSession()
  const t = await getTranslations('people')
  const { signIn, clock } = services()
  const { refused, done } = await searchParams
  const confirm = await confirmationOf(session)
  const { operator } = session
  return (
    <Page title={t('account.title')} width="text" description={t('account.description')}>
      <RefusalMessage refused={refused} />
      {done === 'password' && (
        <Note kind="success" live="status" className="mb-6">
          <p>{t('account.passwordChanged')}</p>
        </Note>
      )}
      <Who operator={operator} t={t} />
      <Language chosen={operator.locale} t={t} />
      <Section id="colours" title={t('account.appearance.colours')}>
        <Colours t={t} />
      </Section>
      <Section id="password" title={t('account.password')} description={t('account.passwordEffect')}>
        <PersonForm
          action={changePasswordAction}
          confirm={confirm}
          fields={[
            {
              kind: 'password',
              name: 'newPassword',
              label: t('field.newPassword'),
              hint: t('field.newPasswordHint', { min: PASSWORD_CHARS_MIN }),
              autoComplete: 'new-password',
            },
          ]}
          submit={{ label: t('account.passwordSubmit'), pending: t('form.pending'), kind: 'secondary' }}
        />
      </Section>
      <Section id="second-factor" title={t('account.factor')} description={t('account.factorWhy')}>
        {operator.secondFactor ? (
          <OwnFactor {...{ t, confirm }} />
        ) : (
          <ButtonLink href={ENROL_PATH} kind="primary">
            {t('account.factorAdd')}
          </ButtonLink>
        )}
      </Section>
      <Section id="sessions" title={t('account.sessions')} description={t('account.sessionsWhy')}>
        <SessionTable
          sessions={await signIn.sessions(operator.id)}
          currentId={session.sessionId}
          end={endOwnSessionAction}
          showEmail={false}
          {...{ t, locale: caller.locale, now: clock.now() }}
        />
      </Section>
    </Page>
  )
}

function Who({ operator, t }: { operator: SignedIn['operator']; t: Translator<'people'> }) {
  return (
    <Section id="who" title={t('account.who')}>
      <DataList
        items={[
          { term: t('field.email'), value: operator.email },
          { term: t('field.name'), value: operator.name },
          { term: t('field.role'), value: `${t(`role.${operator.role}`)}: ${t(`roleMay.${operator.role}`)}` },
        ]}
      />
    </Section>
  )
}

function Language({ chosen, t }: { chosen: Locale | null; t: Translator<'people'> }) {
  return (
    <Section id="language" title={t('account.language')}>
      <PersonForm
        action={chooseLocaleAction}
        fields={[
          {
            kind: 'select',
            name: 'locale',
            label: t('account.languageLabel'),
            defaultValue: chosen ?? '',
            options: [
              { value: '', label: t('account.languageOfBrowser') },
              ...LOCALES.map((locale) => ({ value: locale, label: LANGUAGE_NAMES[locale] })),
            ],
          },
        ]}
        submit={{ label: t('account.languageSave'), pending: t('form.pending'), kind: 'secondary' }}
      />
    </Section>
  )
}

/** Links that proxy.ts answers with a cookie. Not `Link`, since they must not be fetched ahead. */
async function Colours({ t }: { t: Translator<'people'> }) {
  const stored = (await cookies()).get(THEME_COOKIE)?.value
  const chosen = isTheme(stored) ? stored : 'system'
  return (
    <ul aria-label={t('account.appearance.colours')} className="flex flex-wrap gap-2">
      {(['system', ...THEMES] as const).map((theme) => (
        <li key={theme}>
          <a
            href={`?theme=${theme}`}
            aria-current={theme === chosen ? 'true' : undefined}
            className="button button-secondary aria-[current=true]:bg-accent-wash aria-[current=true]:text-accent"
          >
            {t(`account.appearance.${theme}`)}
          </a>
        </li>
      ))}
    </ul>
  )
}
