import Link from 'next/link'
import type { OperatorCaller } from '@/app/_server/caller'
import { newFormToken } from '@/app/_server/form-token'
import { statusOf } from '@/app/_server/status'
import { getTranslations } from '@/app/_server/translations'
import { codeTitle } from '@/app/(console)/_connection-test/code-title'
import { History } from '@/app/(console)/_connection-test/history'
import { MAIL_SERVERS_PATH, mailServerPath, POLICY_PATH, SET_UP_PATH, sendersPath, withQuery } from '@/app/paths'
import { ButtonLink } from '@/components/button-link'
import { Note } from '@/components/note'
import { Page } from '@/components/page'
import { StateBadge, StatusBadge } from '@/components/state-badge'
import { absoluteDate, absoluteTime, relativeDay } from '@/components/timestamp'
import { may } from '@/lib/access/permissions'
import { actorText } from '@/lib/i18n/actor-text'
import type { Locale } from '@/lib/i18n/locale'
import type { Translator } from '@/lib/i18n/translations'
import { type MailServerView, toOauthDraft } from '@/lib/mail-server'
import type { ListedServer } from '@/lib/mail-server/servers'
import { services } from '@/lib/services'
import { pageLabels } from '../_form/labels'
import { MailServerForm, type MailServerFormProps } from '../_form/mail-server-form'
import { Values } from '../_form/values'
import { RestoreForm } from '../_history/restore-form'
import { Revisions } from '../_history/revisions'
import { pageNumber, ROWS_SHOWN } from '../list-page'
import { AddPart } from './add-part'
import { ManagePart, ServerFlash } from './manage-part'
import { PasswordLoginNote } from './password-login-note'
import { StatusStrip } from './status-strip'

interface ServerPageProps {
  caller: OperatorCaller
  id: string
  /** Null unless there are several mail servers. */
  listedServer: ListedServer | null
  servers: readonly ListedServer[]
  query: Record<string, string | string[] | undefined>
}

/** One mail server: its status, its settings and their test, and the history of both. */
export async function ServerPage({ caller, id, listedServer, servers, query }: ServerPageProps) {
  const { mailServers, rules, clock, clouds } = services()
  const mailServer = mailServers.of(id)
  const path = listedServer ? mailServerPath(id) : MAIL_SERVERS_PATH
  const [testsPage, revisionsPage] = [pageNumber(query.tests), pageNumber(query.revisions)]
  const [view, policy, tests, revisions, t, shell, diagnosis, setUp, validation] = await Promise.all([
    mailServer.view(statusOf(id)),
    rules.view(),
    mailServer.history({ page: testsPage, size: ROWS_SHOWN }),
    mailServer.revisions({ page: revisionsPage, size: ROWS_SHOWN }),
    getTranslations('mail-server'),
    getTranslations('shell'),
    getTranslations('diagnosis'),
    getTranslations('set-up'),
    getTranslations('validation'),
  ])
  const { role, email } = caller.actor
  const maySave = may(role, 'mail-server:write')
  const mayTest = may(role, 'mail-server:test')
  const context = { now: clock.now(), locale: caller.locale, t }
  const draft = query.draft === 'oauth' && view.basicAuthNotice && mayTest
  const secret = secretText(view, context)
  const w = pageLabels(t, shell)

  return (
    <Page
      title={listedServer?.name ?? t('title')}
      breadcrumb={[
        { label: shell('systemSettings') },
        ...(listedServer
          ? [{ label: t('servers.title'), href: MAIL_SERVERS_PATH }, { label: listedServer.name }]
          : [{ label: shell('mailServer') }]),
      ]}
      description={
        <>
          {t(listedServer ? 'servers.one' : 'description')}{' '}
          <Link href={withQuery(SET_UP_PATH, { server: id })} prefetch={false} className="prose-link">
            {setUp('link')}
          </Link>
        </>
      }
      aside={
        <>
          <StateBadge state={view.state} label={shell(`state.${view.state}`)} />
          {listedServer?.isDefault && <StatusBadge tone="accent">{t('servers.default')}</StatusBadge>}
        </>
      }
    >
      <ServerFlash query={query} t={t} />
      {view.unreadable && (
        <Note kind="danger" className="mb-6" title={t('unreadable.settings')}>
          <p>{t('unreadable.settingsText')}</p>
          <p>{t(maySave ? 'unreadable.settingsSave' : 'unreadable.settingsAsk')}</p>
        </Note>
      )}
      <StatusStrip
        {...context}
        view={view}
        server={id}
        {...{ maySave, mayTest }}
        failure={codeTitle(view.latestTest?.diagnosisCode ?? null, diagnosis)}
        restore={
          maySave &&
          view.lastVerified && (
            <RestoreForm
              server={id}
              number={view.lastVerified.number}
              version={view.version}
              formToken={newFormToken()}
              label={t('status.restore', { number: view.lastVerified.number })}
            />
          )
        }
      />
      {policy.findings.some(({ other }) => other === null) && (
        <Note
          kind="warning"
          className="mb-8"
          title={t('rules.note')}
          action={<ButtonLink href={POLICY_PATH}>{t('rules.toPolicy')}</ButtonLink>}
        />
      )}
      {draft && (
        <Note kind="info" className="mb-8">
          {t('basicAuth.drafted')}
        </Note>
      )}
      {view.basicAuthNotice && !draft && <PasswordLoginNote path={path} mayTest={mayTest} t={t} />}
      {mayTest ? (
        <MailServerForm
          server={id}
          address={path}
          fields={draft ? toOauthDraft(view.fields, clouds) : view.fields}
          version={view.version}
          formToken={newFormToken()}
          stored={
            secret === null || !view.secret.set
              ? null
              : {
                  type: view.fields.type,
                  typed: view.secret.kind === 'client-secret' || view.secret.kind === 'smtp-password',
                  description: secret,
                  readable: view.secret.readable,
                  moved: view.secret.destinationChange !== null,
                }
          }
          undecided={
            view.version > 0 && !view.unreadable && view.fields.type === 'exchange-online-oauth2' && !view.secret.set
          }
          individualPossible={view.individualPossible}
          sendersPath={sendersPath({ server: listedServer ? id : '' })}
          clouds={view.clouds}
          plaintextAllowed={view.plaintextAllowed}
          hasBasicAuthNote={view.basicAuthNotice && !draft}
          testTo={email}
          pasteLabels={validation.raw('paste') as MailServerFormProps['pasteLabels']}
          {...{ maySave, draft, w }}
        />
      ) : (
        <section aria-label={w.form.name} className="border-t border-line pt-2 pb-8">
          {view.version > 0 && (
            <Values
              fields={view.fields}
              cloudName={view.clouds.find(({ id }) => id === view.fields.cloud)?.name ?? view.fields.cloud}
              secret={secret}
              w={w}
            />
          )}
          <p className="mt-4 text-sm text-faint">{w.form.viewerNote}</p>
        </section>
      )}
      <History {...context} {...tests} page={testsPage} size={ROWS_SHOWN} path={path} />
      <Revisions
        {...context}
        {...revisions}
        server={id}
        path={path}
        page={revisionsPage}
        size={ROWS_SHOWN}
        current={view.version}
        newToken={newFormToken}
        maySave={maySave}
      />
      {maySave && listedServer && <ManagePart server={listedServer} servers={servers} t={t} />}
      {maySave && !listedServer && view.version > 0 && <AddPart t={t} />}
    </Page>
  )
}

/** "Stored 3 Nov 2026, 14:02 UTC by …, valid until 1 May 2027 (in 5 months)": all that is ever shown of a secret. */
function secretText(
  { secret }: MailServerView,
  { now, locale, t }: { now: Date; locale: Locale; t: Translator<'mail-server'> },
): string | null {
  if (!secret.set) return null
  const by = { at: absoluteTime(secret.at, locale), by: actorText(secret.by, locale) }
  if (secret.kind === 'federated-token' || secret.kind === 'managed-identity')
    return `${t(`storedKind.${secret.kind}`, by)}.`
  const stored = secret.kind === 'certificate' ? t('storedKind.certificate', by) : t('form.storedBy', by)
  const ends = secret.expiresAt
    ? t('form.validUntilOn', {
        date: `${absoluteDate(secret.expiresAt, locale)} (${relativeDay(secret.expiresAt, now, locale)})`,
      })
    : t('form.validUntilUnknown')
  return `${stored}, ${ends}.`
}
