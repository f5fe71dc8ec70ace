import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { FlashMessage } from '@/app/_form/flash-message'
import { requireCaller } from '@/app/_server/caller'
import { newFormToken } from '@/app/_server/form-token'
import { getTranslations } from '@/app/_server/translations'
import { History } from '@/app/(console)/_connection-test/history'
import { pageLabels } from '@/app/(console)/mail-server/_form/labels'
import { evidencePath, helpPath, POLICY_PATH, senderPath, sendersPath } from '@/app/paths'
import { PlainForm } from '@/components/action-form'
import { ButtonLink } from '@/components/button-link'
import { CodeBlock, type CopyLabels } from '@/components/code-block'
import { DataList } from '@/components/data-list'
import { EmptyState } from '@/components/empty-state'
import { Foreign } from '@/components/foreign'
import { Page } from '@/components/page'
import { Section } from '@/components/section'
import { SubmitButton } from '@/components/submit-button'
import { absoluteTime, Timestamp } from '@/components/timestamp'
import { may } from '@/lib/access/permissions'
import { isDiagnosisCode } from '@/lib/diagnosis'
import type { Locale } from '@/lib/i18n/locale'
import type { MessageKey, Translator } from '@/lib/i18n/translations'
import type { SenderView } from '@/lib/mail-server/senders/view'
import { services } from '@/lib/services'
import { parseSenderEmail } from '@/lib/validation/email-address'
import { pageNumber, ROWS_SHOWN } from '../../mail-server/list-page'
import { removeSenderAction } from '../actions'
import { flashKind } from '../flash'
import { readSendersQuery } from '../query'
import { requestedServer } from '../requested-server'
import { SenderStateBadge } from '../sender-table'
import { WayForm } from '../server-choice'
import { VerifyForm } from '../verify-form'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('senders'))('title') }
}

/** The framework does not decode this part of the address. Null if it cannot be decoded. */
function addressOf(step: string): string | null {
  try {
    return decodeURIComponent(step)
  } catch {
    return null
  }
}

/** One sender: its latest result, its login mailbox, its permission, and the test that verifies it. */
export default async function SenderPage({ params, searchParams }: PageProps<'/senders/[address]'>) {
  const { locale, actor } = await requireCaller('mail-server:read')
  const [{ address: step }, query] = await Promise.all([params, searchParams])
  const { senders, mailServers, clock } = services()
  const chosen = await requestedServer(readSendersQuery(query).server)
  const typed = addressOf(step)
  const parsed = parseSenderEmail(typed)
  if (!chosen || !parsed.ok) notFound()
  const one = await senders.one(chosen.server.id, parsed.value)
  if (!one) return <Unknown address={parsed.value} server={chosen.id} />

  const { sender } = one
  const { address } = sender
  const server = chosen.server.id
  const testsPage = pageNumber(query.tests)
  const [t, w, shell, tests, commands] = await Promise.all([
    getTranslations('senders'),
    getTranslations('mail-server'),
    getTranslations('shell'),
    mailServers.of(server).history({ page: testsPage, size: ROWS_SHOWN, asSender: address }),
    senders.permission(one, server, locale),
  ])
  const now = clock.now()
  const context = { now, locale, t }
  const path = senderPath({ server: chosen.id, address })
  const isRules = sender.rules.length > 0
  const maySave = may(actor.role, 'mail-server:write')
  const { test, copy } = pageLabels(w, shell)
  return (
    <Page
      width="text"
      title={address}
      breadcrumb={[
        { label: shell('systemSettings') },
        { label: t('title'), href: sendersPath({ server: chosen.id }) },
        ...(chosen.id === '' ? [] : [{ label: chosen.server.name }]),
      ]}
      description={t(sayingOf(sender))}
      aside={<SenderStateBadge state={sender.state} t={t} />}
    >
      <FlashMessage query={query} t={t} kindOf={flashKind} />
      <Known sender={sender} {...context} />
      {may(actor.role, 'mail-server:test') && (
        <VerifyForm
          {...{ server }}
          sender={address}
          address={path}
          formToken={newFormToken()}
          testTo={actor.email}
          w={{ test: { ...test, title: t('one.prove'), text: t('one.proveText'), send: t('one.proveButton') }, copy }}
        />
      )}
      <Permission commands={commands} copy={copy} t={t} />
      {maySave ? (
        <WayForm {...{ server, address, t }} way={sender.way} />
      ) : (
        <Section id="way" title={t('way.section')} description={t('one.operatorNote')}>
          <p className="font-[550]">{t(`way.${sender.way}-choice`)}</p>
          <p className="text-sm text-pretty text-soft">{t(`way.${sender.way}-text`)}</p>
        </Section>
      )}
      <History
        {...{ now, locale }}
        {...tests}
        t={w}
        title={t('one.tests')}
        page={testsPage}
        size={ROWS_SHOWN}
        path={path}
      />
      {maySave && !isRules && (
        <Section id="remove" title={t('one.remove')} description={t('one.removeText')}>
          <PlainForm action={removeSenderAction}>
            <input type="hidden" name="server" value={server} />
            <input type="hidden" name="address" value={address} />
            <SubmitButton kind="danger">{t('one.remove')}</SubmitButton>
          </PlainForm>
        </Section>
      )}
    </Page>
  )
}

/** A sender that was removed, or that only a draft of the rules names. */
async function Unknown({ address, server }: { address: string; server: string }) {
  const [t, shell] = await Promise.all([getTranslations('senders'), getTranslations('shell')])
  const list = sendersPath({ server })
  return (
    <Page
      width="text"
      title={address}
      breadcrumb={[{ label: shell('systemSettings') }, { label: t('title'), href: list }]}
    >
      <EmptyState title={t('one.unknown')} action={<ButtonLink href={list}>{t('one.toList')}</ButtonLink>}>
        {t('one.unknownText')}
      </EmptyState>
    </Page>
  )
}

const sayingOf = ({ state, result }: SenderView): MessageKey<'senders'> =>
  state === 'void' ? 'one.void' : state === 'unverified' || !result ? 'one.unverified' : `one.${state}-${result.how}`

interface KnownProps {
  sender: SenderView
  now: Date
  locale: Locale
  t: Translator<'senders'>
}

/** The latest result with its evidence, and the login mailbox. */
function Known(props: KnownProps) {
  const { login, rules, added } = props.sender
  const { locale, t } = props
  const ruleNames = rules.map((rule) => t('table.rule', rule)).join(', ')
  return (
    <Section id="known" title={t('one.about')}>
      <DataList
        items={[
          ...resultItems(props),
          { term: t('one.login'), value: <Foreign>{login}</Foreign> },
          { term: t('one.copy'), value: <Foreign>{login}</Foreign> },
          ...(rules.length > 0
            ? [
                {
                  term: t('one.rules'),
                  value: (
                    <Link href={POLICY_PATH} prefetch={false} className="prose-link">
                      <bdi>{ruleNames}</bdi>
                    </Link>
                  ),
                },
              ]
            : []),
          ...(added
            ? [
                {
                  term: t('one.added'),
                  value: (
                    <>
                      {absoluteTime(added.at, locale)} <bdi>{t('one.addedBy', { by: added.by })}</bdi>
                    </>
                  ),
                },
              ]
            : []),
        ]}
      />
    </Section>
  )
}

function resultItems({ sender: { result }, now, locale, t }: KnownProps) {
  if (!result) return []
  const { code, evidence } = result
  const evidenceText = <span className="font-mono text-[0.8125rem] wrap-anywhere">{evidence}</span>
  return [
    { term: t('one.when'), value: <Timestamp at={result.at} now={now} locale={locale} /> },
    {
      term: t('one.how'),
      value: (
        <Link href={evidencePath(result)} prefetch={false} className="prose-link">
          {t(result.how === 'test' ? 'one.openTest' : 'one.openMessage')}
        </Link>
      ),
    },
    { term: t('one.revision'), value: String(result.revision) },
    ...(code && isDiagnosisCode(code)
      ? [
          {
            term: t('one.fault'),
            value: (
              <Link href={helpPath(code)} prefetch={false} className="prose-link font-mono">
                {code}
              </Link>
            ),
          },
        ]
      : []),
    ...(evidence ? [{ term: t('one.evidence'), value: evidenceText }] : []),
  ]
}

function Permission({
  commands,
  copy,
  t,
}: {
  commands: readonly string[]
  copy: CopyLabels
  t: Translator<'senders'>
}) {
  return (
    <Section id="permission" title={t('one.permission')} description={t('one.permissionText')}>
      <CodeBlock text={commands.join('\n')} labels={copy} />
    </Section>
  )
}
