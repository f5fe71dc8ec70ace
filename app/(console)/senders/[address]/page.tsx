import type { ReactNode } from 'react'
import { FlashMessage } from '@/app/_form/flash-message'
import { page } from '@/app/_server/page'
import { notFound } from '@/app/_server/refusal'
import { TestTable } from '@/app/(console)/_connection-test/history'
import { pageLabels } from '@/app/(console)/_connection-test/labels'
import { pageIn, readPage } from '@/app/paging'
import { evidencePath, senderPath, sendersPath, withQuery } from '@/app/paths'
import { PlainForm, SubmitButton } from '@/components/action-form'
import { Answer, type AnswerProps } from '@/components/answer'
import { ButtonLink } from '@/components/button'
import { buttonDialog } from '@/components/button-form'
import { CodeBlock } from '@/components/code-block'
import { DataList, pair } from '@/components/data-list'
import { RadioGroup } from '@/components/inputs'
import { Menu } from '@/components/menu'
import { Page } from '@/components/page'
import { Panel, WithSide } from '@/components/panel'
import { ResultCount } from '@/components/result-count'
import { isDiagnosisCode } from '@/lib/diagnosis'
import type { TextContext, Translator } from '@/lib/i18n/translations'
import type { SenderView } from '@/lib/mail-server/senders/view'
import { services } from '@/lib/services'
import { parseSenderEmail } from '@/lib/validation/email-address'
import { commandText } from '../../_connection-test/break-command'
import { FaultFact } from '../../fault-link'
import { removeSenderAction, setWayAction } from '../actions'
import { readSendersQuery, requestedServer, wayOptions } from '../form-data'
import { isNotDone, UsedBy } from '../sender-table'
import { VerifyForm } from '../verify-form'

/** The framework does not decode this part of the address. Null if it cannot be decoded. */
function addressOf(step: string): string | null {
  try {
    return decodeURIComponent(step)
  } catch {
    return null
  }
}

/** One sender: its latest result, its login mailbox, its permission, and the test that verifies it. */
export default page('mail-server:read', 'senders', async ({ caller, may, now, t, texts, id, query }) => {
  const { senders, mailServers } = services()
  const chosen = await requestedServer(readSendersQuery(query).server)
  const parsed = parseSenderEmail(addressOf(id))
  if (!chosen || !parsed.ok) notFound()
  const one = await senders.one(chosen.server.id, parsed.value)
  if (!one) return <Unknown address={parsed.value} list={sendersPath({ server: chosen.id })} t={t} />

  const { sender } = one
  const { address } = sender
  const server = chosen.server.id
  const path = senderPath({ server: chosen.id, address })
  const [mailServer] = texts('mail-server')
  const [tests, commands] = await Promise.all([
    readPage(
      pageIn(query),
      (page) => mailServers.of(server).history({ ...page, asSender: address }),
      (page) => withQuery(path, { page: String(page) }),
    ),
    senders.permission(one, server, t.locale),
  ])
  const context = { sender, server, t }
  const maySave = may('mail-server:write')
  const mayRemove = maySave && sender.rules.length === 0
  const { test } = pageLabels(mailServer)
  const side = <About {...context} />
  const permission = (
    <Panel title={t('one.permission')} description={t('one.permissionText')}>
      <CodeBlock text={commandText(commands)} />
    </Panel>
  )
  const way = <WayPanel {...context} maySave={maySave} note={may('mail-server:test') && t('one.operatorNote')} />
  return (
    <Page
      title={address}
      crumbs={[
        { label: t('title'), href: sendersPath({ server: chosen.id }) },
        ...(chosen.id === '' ? [] : [{ label: chosen.server.name }]),
      ]}
      actions={
        mayRemove && (
          <Menu
            label={t('one.more')}
            dialogs={[
              buttonDialog({
                id: 'remove',
                text: t('one.remove'),
                title: t('one.removeTitle', { address }),
                action: removeSenderAction,
                hidden: { server, address },
                effect: t('one.removeText'),
                kind: 'danger',
                button: t('one.remove'),
              }),
            ]}
          />
        )
      }
    >
      <FlashMessage query={query} t={t} warns={isNotDone} />
      <Answer {...answerOf(context)} />
      {may('mail-server:test') ? (
        <VerifyForm
          server={server}
          side={side}
          permission={permission}
          sender={address}
          address={path}
          testTo={caller.actor.email}
          w={{ ...test, title: t('one.verify'), text: t('one.verifyText'), send: t('one.verifyButton') }}
        >
          {way}
        </VerifyForm>
      ) : (
        <WithSide side={side}>
          {permission}
          {way}
          <p className="text-sm text-faint">{t('readerNote')}</p>
        </WithSide>
      )}
      {tests.rows.length > 0 && (
        <>
          <ResultCount count={t.number(tests.total)} />
          <Panel title={t('one.tests')} flush>
            <TestTable {...tests} t={mailServer} now={now} />
          </Panel>
        </>
      )}
    </Page>
  )
})

/** A sender that was removed, or that only a draft of the rules names. */
const Unknown = ({ address, list, t }: { address: string; list: string; t: Translator<'senders'> }) => (
  <Page title={address} crumbs={[{ label: t('title'), href: list }]}>
    <Answer
      tone="neutral"
      title={t('one.unknown')}
      detail={t('one.unknownText')}
      action={<ButtonLink href={list} text={t('one.toList')} />}
    />
  </Page>
)

interface SenderContext extends TextContext<'senders'> {
  sender: SenderView
  server: string
}

function answerOf({ sender: { state, result }, t }: SenderContext): AnswerProps {
  if (!result || state === 'unverified')
    return { tone: 'info', title: t('one.unverified'), detail: t('one.unverifiedText') }
  const { at, revision, how } = result
  const circumstances = t('one.resultOf', { at: t.time(at), number: revision })
  const action = (
    <ButtonLink href={evidencePath(result)} text={t(how === 'test' ? 'one.openTest' : 'one.openMessage')} />
  )
  if (state === 'outdated') return { tone: 'warn', title: t('one.outdated'), detail: t('one.outdatedText'), action }
  return state === 'verified'
    ? { tone: 'good', title: t(`one.verified-${how}`), detail: circumstances, action }
    : { tone: 'bad', title: t(`one.refused-${how}`), detail: `${circumstances} ${t('one.refusedText')}`, action }
}

/** How it signs in. The current way is submitted too, so that a concurrent change is noticed. */
function WayPanel(props: SenderContext & { maySave: boolean; note: ReactNode }) {
  const { sender, server, maySave, note, t } = props
  const { way, address } = sender
  if (!maySave)
    return (
      <Panel title={t('way.choice')} description={note}>
        <p className="font-[550]">{t(`way.${way}-choice`)}</p>
        <p className="text-sm text-soft">{t(`way.${way}-text`)}</p>
      </Panel>
    )
  return (
    <Panel title={t('way.choice')} description={t('way.saveHint')}>
      <PlainForm action={setWayAction} className="grid gap-4" hidden={{ server, address, was: way }}>
        <RadioGroup
          key={way}
          name="way"
          legend={<span className="sr-only">{t('way.choice')}</span>}
          defaultValue={way}
          options={wayOptions(t)}
        />
        <div>
          <SubmitButton text={t('way.save')} />
        </div>
      </PlainForm>
    </Panel>
  )
}

function About({ sender: { login, rules, added, result }, t }: SenderContext) {
  const code = result?.code
  return (
    <Panel title={t('one.about')}>
      <DataList
        narrow
        items={[
          pair(t('one.login'), login),
          pair(t('one.rules'), <UsedBy rules={rules} t={t} />),
          pair(
            t('one.added'),
            added && (
              <>
                {t.time(added.at)} <bdi>{t('one.addedBy', { by: added.by })}</bdi>
              </>
            ),
          ),
          pair(t('one.fault'), code && isDiagnosisCode(code) && <FaultFact {...{ code, t }} />),
          pair(t('one.evidence'), result?.evidence && <bdi lang="en">{result.evidence}</bdi>, 'mono'),
        ]}
      />
    </Panel>
  )
}
