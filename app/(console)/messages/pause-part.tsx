import { newFormToken } from '@/app/_server/form-token'
import { commandText } from '@/app/(console)/_connection-test/break-command'
import { PlainForm, SubmitButton } from '@/components/action-form'
import { ButtonForm } from '@/components/button-form'
import { CodeBlock } from '@/components/code-block'
import { Menu } from '@/components/menu'
import { Panel } from '@/components/page'
import { Steps } from '@/components/steps'
import { isDiagnosisCode, type Remedy } from '@/lib/diagnosis'
import type { Formats } from '@/lib/i18n/formats'
import type { Translator } from '@/lib/i18n/translations'
import type { DeliveryNow } from '@/lib/mail-server'
import { services } from '@/lib/services'
import { pauseAction, resumeAction } from './actions'
import { inSentence } from './labels'

/** A paused mail server; `remedy` is null if a person paused it. */
export interface PausedServer extends Pick<DeliveryNow, 'mailServerId' | 'name' | 'failover'> {
  /** Whether there are other mail servers. */
  isNamed: boolean
  by: string
  at: Date
  remedy: Remedy | null
}

/** The mail servers that deliver nothing at the moment, and why, in the reader's language. Those without a failover server come first. */
export async function pausedServers(
  delivery: readonly DeliveryNow[],
  t: Formats,
  isAsked: (server: DeliveryNow) => boolean = () => true,
): Promise<PausedServer[]> {
  const paused = delivery.filter(isAsked).flatMap(({ pause, ...server }) => (pause ? { ...server, ...pause } : []))
  const known = await Promise.all(
    paused.map(async ({ code, ...server }) => ({
      ...server,
      isNamed: delivery.length > 1,
      remedy:
        code !== null && isDiagnosisCode(code)
          ? await services().mailServers.of(server.mailServerId).remedy(code, t.locale)
          : null,
    })),
  )
  const urgency = ({ remedy, failover }: PausedServer) => (failover !== null ? 2 : remedy ? 0 : 1)
  return known.sort((a, b) => urgency(a) - urgency(b))
}

/** One sentence about a paused mail server, and what follows from it. */
export function pauseSentences({ name, isNamed, by, at, remedy, failover }: PausedServer, t: Translator<'messages'>) {
  const when = t.time(at)
  const label = isNamed ? name : 'none'
  if (!remedy)
    return { title: t('paused.byPerson', { name: label }), detail: t('paused.byPersonText', { who: by, when }) }
  const title = inSentence(remedy.title, t)
  return failover === null
    ? { title: t('paused.byFault', { title, name: label }), detail: t('paused.waits', { when }) }
    : { title: t('paused.onFailover', { failover, title }), detail: t('paused.onFailoverText', { when, name }) }
}

/** While the failover server sends, failed messages are the answer of the page instead. */
export const isInAnswer = ({ failover }: PausedServer, failed: number): boolean => failover === null || failed === 0

interface ChangeProps {
  mayChange: boolean
  back: string
  t: Translator<'messages'>
}

/** What to do about each paused mail server, and the button that resumes it. `isInAnswer` decides whether the page has said why the first is paused. */
export function PauseParts(props: ChangeProps & { pauses: readonly PausedServer[]; failed: number }) {
  const { pauses, failed, t } = props
  return pauses.map((pause, place) => {
    const { mailServerId, name, isNamed, remedy } = pause
    const isSaid = place === 0 && isInAnswer(pause, failed)
    if (isSaid && !remedy) return null
    const { title, detail } = pauseSentences(pause, t)
    return (
      <Panel
        key={mailServerId}
        title={!remedy ? title : isNamed ? `${name}: ${t('paused.whatToDo')}` : t('paused.whatToDo')}
        aside={<ResumeForm {...props} pause={pause} />}
      >
        {!isSaid && <p className="text-soft">{remedy ? `${title} ${detail}` : detail}</p>}
        {remedy && <RemedyPart remedy={remedy} />}
      </Panel>
    )
  })
}

export function ResumeForm({ pause, mayChange, back, t }: ChangeProps & { pause: PausedServer }) {
  if (!mayChange) return null
  return (
    <ButtonForm
      action={resumeAction}
      hidden={{ back, server: pause.mailServerId, formToken: newFormToken() }}
      {...(pause.isNamed && { 'aria-label': t('paused.resumeNamed', { name: pause.name }) })}
      text={t('paused.resume')}
    />
  )
}

/** In the bar of the page: one button, or with several mail servers a menu of those that run. */
export function PauseMenu({ servers, ...props }: ChangeProps & { servers: readonly DeliveryNow[] }) {
  const { mayChange, back, t } = props
  const isNamed = servers.length > 1
  const running = servers.filter(({ pause }) => pause === null)
  if (!mayChange || running.length === 0) return null
  const forms = running.map(({ mailServerId, name }) => (
    <PlainForm
      key={mailServerId}
      action={pauseAction}
      hidden={{ back, server: mailServerId, formToken: newFormToken() }}
    >
      {isNamed ? (
        <button type="submit" className="menu-item">
          {t('paused.pauseNamed', { name })}
        </button>
      ) : (
        <SubmitButton icon="pause" text={t('paused.pause')} />
      )}
    </PlainForm>
  ))
  return isNamed ? (
    <Menu label={t('paused.pause')} text={t('paused.pause')} icon="pause">
      {forms}
    </Menu>
  ) : (
    forms
  )
}

/** How to fix a fault: the steps, and the commands to copy. */
export function RemedyPart({ remedy: { steps, commands } }: { remedy: Remedy }) {
  return (
    <div className="mt-2 grid gap-3 text-ink">
      {steps.length > 0 && <Steps steps={steps} />}
      {commands.length > 0 && <CodeBlock text={commandText(commands)} />}
    </div>
  )
}
