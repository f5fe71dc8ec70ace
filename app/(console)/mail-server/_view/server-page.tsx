import { PersonForm } from '@/app/_form/person-form'
import { loadPart } from '@/app/_server/part'
import { serversInUse, statusOf } from '@/app/_server/status'
import { pageLabels } from '@/app/(console)/_connection-test/labels'
import { POLICY_PATH, sendersPath } from '@/app/paths'
import type { SearchParams } from '@/app/search-params'
import { ButtonLink } from '@/components/button'
import { Note } from '@/components/note'
import { Panel } from '@/components/panel'
import type { Translator, ViewContext } from '@/lib/i18n/translations'
import { type MailServerView, toOauthDraft } from '@/lib/mail-server'
import { services } from '@/lib/services'
import { readGuide } from '@/lib/setup-guide/values'
import { guideValuesIn } from '../../set-up/query'
import type { LatestTest } from '../_form/form-test'
import { MailServerForm, type MailServerFormProps } from '../_form/mail-server-form'
import { Values } from '../_form/values'
import { dayOf, FactStrip } from './fact-strip'
import { restoreAction } from './manage-actions'
import { ServerFrame, type ServerPageProps, settingsPath } from './server-frame'
import { StateAnswer, toGuide } from './state-answer'

type Context = ViewContext<'mail-server'>

/** One mail server: whether it sends, its sender, its settings, and their test. */
export async function ServerPage(props: ServerPageProps) {
  const { may, now, t, texts, id, server, servers } = props
  const [messages] = texts('messages')
  const { mailServers, outbox, rules } = services()
  const [view, inUse, rulesNeedAttention, days] = await Promise.all([
    mailServers.of(id).view(statusOf(id)),
    serversInUse(),
    rules.needsAttention(),
    loadPart('24 hours of the mail servers', () => outbox.dayOfServers()),
  ])
  const context = { now, t }
  const [maySave, mayTest] = [may('mail-server:write'), may('mail-server:test')]
  const draft = mayTest ? draftIn(props.query, view) : null
  const name = servers.length > 1 && server ? server.name : null
  const pause = server?.pause
    ? { name: server.name, isNamed: name !== null, failover: view.failover, ...server.pause }
    : null
  const isInUse = inUse.some((one) => one.id === id)
  const answer = (
    <StateAnswer {...context} {...{ view, name, isInUse, maySave, mayTest, pause, messages }} server={id} />
  )
  const notes = (
    <>
      {view.version > 0 && (
        <FactStrip
          {...context}
          {...{ id, view, day: dayOf(id, days) }}
          failover={servers.find((each) => each.id === server?.failoverId)?.name ?? null}
        />
      )}
      {maySave && <RestoreNote {...context} view={view} server={id} />}
      {rulesNeedAttention && (
        <Note
          kind="warning"
          title={t('rules.note')}
          action={<ButtonLink href={POLICY_PATH} text={t('rules.toPolicy')} />}
        />
      )}
      {draft && <Note kind="info">{t(draft.note)}</Note>}
      {view.basicAuthNotice && !draft && <PasswordLoginNote path={settingsPath(id, servers)} mayTest={mayTest} t={t} />}
    </>
  )
  return (
    <ServerFrame {...props} tab="settings" hasTabs={view.version > 0 || view.latestTest !== null}>
      {mayTest ? (
        <SettingsForm {...props} {...{ view, answer, draft, maySave }}>
          {notes}
        </SettingsForm>
      ) : (
        <>
          {answer}
          {notes}
          <SettingsList {...props} view={view} />
        </>
      )}
    </ServerFrame>
  )
}

/** The settings that the address asks to fill in: a sign-in with OAuth in place of the password, or the values of the set-up guide. */
function draftIn(query: SearchParams, { fields, basicAuthNotice }: MailServerView) {
  const { clouds } = services()
  if (query.draft === 'oauth' && basicAuthNotice)
    return { note: 'basicAuth.drafted', fields: toOauthDraft(fields, clouds) } as const
  if (query.draft !== 'guide') return null
  const { values } = readGuide(guideValuesIn(query).entered, { clouds, saved: null, runs: [] })
  const filledIn = {
    type: 'exchange-online-oauth2' as const,
    cloud: values.cloud?.id ?? fields.cloud,
    tenantId: values.tenantId ?? fields.tenantId,
    clientId: values.clientId ?? fields.clientId,
    senderAddress: values.sender ?? fields.senderAddress,
  }
  return { note: 'answer.guideDrafted', fields: { ...fields, ...filledIn } } as const
}

async function SettingsForm(
  props: ServerPageProps & {
    view: MailServerView
    answer: MailServerFormProps['answer']
    draft: ReturnType<typeof draftIn>
    maySave: boolean
    children: MailServerFormProps['children']
  },
) {
  const { caller, t, texts, id, servers, view, draft } = props
  const [validation] = texts('validation')
  const { secret, fields, version } = view
  const isGuided = props.maySave && fields.type === 'exchange-online-oauth2' && view.lastVerified === null
  return (
    <MailServerForm
      server={id}
      address={settingsPath(id, servers)}
      fields={draft?.fields ?? fields}
      version={version}
      stored={
        secret.set
          ? {
              type: fields.type,
              typed: secret.kind === 'client-secret' || secret.kind === 'smtp-password',
              description: secretText(secret, props),
              readable: secret.readable,
              moved: secret.destinationChange !== null,
            }
          : null
      }
      undecided={version > 0 && !view.unreadable && fields.type === 'exchange-online-oauth2' && !secret.set}
      individualPossible={view.individualPossible}
      sendersPath={sendersPath({ server: servers.length > 1 ? id : '' })}
      clouds={view.clouds}
      plaintextAllowed={view.plaintextAllowed}
      hasBasicAuthNote={view.basicAuthNotice && !draft}
      testTo={caller.actor.email}
      pasteLabels={validation.raw('tidied') as MailServerFormProps['pasteLabels']}
      maySave={props.maySave}
      draft={draft !== null}
      latest={await latestTest(props)}
      guide={isGuided && toGuide({ server: id, name: servers.length > 1 ? id : null, t })}
      answer={props.answer}
      w={pageLabels(t)}
    >
      {props.children}
    </MailServerForm>
  )
}

function shownTestId({ latestTest: test, failing, state, verifiedBy }: MailServerView): string | null | undefined {
  if (failing?.kind === 'test') return failing.evidenceId
  const works = state === 'delivering' || state === 'expiring'
  return test?.ofCurrentRevision && !(works && test.outcome === 'failed') ? test.id : verifiedBy?.testId
}

/** The latest test of the saved settings, unless it failed and mail is sent all the same. */
async function latestTest(props: ServerPageProps & { view: MailServerView }): Promise<LatestTest | null> {
  const { id, t } = props
  const isCause = props.view.failing?.kind === 'test'
  const testId = shownTestId(props.view)
  const stored = testId ? await services().mailServers.of(id).report(testId, t.locale) : null
  if (!stored?.ended) return null
  const { recipient, startedAt } = stored.summary
  return { ...stored.ended, to: recipient, at: t('test.lastAt', { at: t.time(startedAt) }), isCause }
}

function SettingsList({ view, now, t }: ServerPageProps & { view: MailServerView }) {
  const w = pageLabels(t)
  const { fields, clouds, secret } = view
  return (
    <Panel title={w.form.name}>
      {view.version > 0 && (
        <Values fields={fields} clouds={clouds} secret={secret.set ? secretText(secret, { now, t }) : null} w={w} />
      )}
      <p className="mt-3 text-sm text-faint">{w.form.viewerNote}</p>
    </Panel>
  )
}

/** Warns that the saved password login at a Microsoft host will be switched off. Readers see who can change it, and no button. */
export function PasswordLoginNote(props: { path: string; mayTest: boolean; t: Translator<'mail-server'> }) {
  const { path, mayTest, t } = props
  return (
    <Note
      kind="warning"
      className="mb-8"
      title={t('basicAuth.title')}
      action={mayTest && <ButtonLink href={`${path}?draft=oauth`} text={t('basicAuth.draft')} />}
    >
      {t('basicAuth.text')} {t(mayTest ? 'basicAuth.action' : 'basicAuth.actionForReaders')}
    </Note>
  )
}

/** The way back to the last verified revision in one step. */
function RestoreNote({ view, server, t }: Context & { view: MailServerView; server: string }) {
  const { verifiedBy, deliveredBy, lastVerified, version } = view
  if (verifiedBy || deliveredBy || !lastVerified || lastVerified.isCurrent) return null
  const { number, savedAt, savedBy, secretAvailable } = lastVerified
  return (
    <Note
      kind="info"
      title={t('answer.restoreNote', { number })}
      action={
        <PersonForm
          action={restoreAction}
          hidden={{ server, number, version }}
          submit={{ label: t('answer.restore', { number }), kind: 'secondary' }}
        />
      }
    >
      <p>
        {t.time(savedAt)}, {t('answer.savedBy', { by: t.actor(savedBy) })}
      </p>
      {!secretAvailable && <p>{t('answer.restoreNoSecret')}</p>}
    </Note>
  )
}

/** "Saved 3 Nov 2026, 14:02 UTC by …, valid until 1 May 2027 (in 179 days)": all that is ever shown of a secret. */
function secretText(secret: Extract<MailServerView['secret'], { set: true }>, { now, t }: Context): string {
  const values = { at: t.time(secret.at), by: t.actor(secret.by) }
  if (secret.kind === 'federated-token' || secret.kind === 'managed-identity')
    return `${t(`storedKind.${secret.kind}`, values)}.`
  const stored = secret.kind === 'certificate' ? t('storedKind.certificate', values) : t('form.storedBy', values)
  const ends = secret.expiresAt
    ? t('form.validUntilOn', {
        date: `${t.date(secret.expiresAt)} (${t.relativeDay(secret.expiresAt, now).replaceAll(' ', '\u00a0')})`,
      })
    : t('form.validUntilUnknown')
  return `${stored}, ${ends}.`
}
