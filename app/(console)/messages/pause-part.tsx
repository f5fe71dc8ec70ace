import { commandText } from '@/app/(console)/_connection-test/break-command'
import { mailServerPath } from '@/app/paths'
import { PlainForm, SubmitButton } from '@/components/action-form'
import { ButtonForm } from '@/components/button-form'
import { CodeBlock } from '@/components/code-block'
import { Menu } from '@/components/menu'
import { Fold, Panel } from '@/components/panel'
import { Steps } from '@/components/steps'
import { TextLink } from '@/components/text'
import { isDiagnosisCode, type Remedy } from '@/lib/diagnosis'
import type { Formats } from '@/lib/i18n/formats'
import type { Translator } from '@/lib/i18n/translations'
import { groupBy } from '@/lib/kernel'
import type { DeliveryNow } from '@/lib/mail-server/store/pauses'
import { services } from '@/lib/services'
import { pauseAction, resumeAction } from './actions'
import { type Paused, pauseText, sinceText } from './pause-text'

export interface PausedServer extends Paused {
  mailServerId: string
  /** How to fix the fault; null if a person paused it. */
  remedy: Remedy | null
}

/**
 * The mail servers that deliver nothing at the moment, and why, in the reader's language. Those without a failover server come first.
 *
 * @param isAsked which of them; the remedies of others are not read
 */
export async function pausedServers(
  delivery: readonly DeliveryNow[],
  t: Formats,
  isAsked: (server: DeliveryNow) => boolean = () => true,
): Promise<PausedServer[]> {
  const paused = delivery.filter(isAsked).flatMap(({ pause, ...server }) => (pause ? { ...server, ...pause } : []))
  const known = await Promise.all(
    paused.map(async (server) => ({
      ...server,
      isNamed: delivery.length > 1,
      remedy:
        server.code !== null && isDiagnosisCode(server.code)
          ? await services()
              .mailServers.of(server.mailServerId)
              .remedy(server.code, t.locale, { stage: server.stage ?? null })
          : null,
    })),
  )
  const urgency = ({ remedy, failover }: PausedServer) => {
    if (failover !== null) return 2
    return remedy ? 0 : 1
  }
  return known.sort((a, b) => urgency(a) - urgency(b))
}

/** Paused mail servers of which the same is said: by the same person, or with the same steps, and without a failover server. */
export const pauseGroups = (pauses: readonly PausedServer[]) => [
  ...groupBy(pauses, ({ remedy, by, failover, mailServerId }) =>
    failover === null ? JSON.stringify(remedy ?? by) : mailServerId,
  ).values(),
]

/** While the failover server sends, failed messages are the answer of the page instead. */
export const isInAnswer = ({ failover }: PausedServer, failed: number): boolean => failover === null || failed === 0

interface ChangeProps {
  mayChange: boolean
  back: string
  t: Translator<'messages'>
}

/**
 * What to do about paused mail servers, once for all of which the same is said, and the buttons that resume them. `isInAnswer` decides
 * whether the page has said why the first are paused.
 */
export function PauseParts(props: ChangeProps & { pauses: readonly PausedServer[]; failed: number }) {
  const { pauses, failed, t } = props
  const groups = pauseGroups(pauses)
  return groups.map((group, place) => {
    const [pause] = group
    const { mailServerId, name, isNamed, remedy } = pause
    const isOne = group.length === 1
    const isSaid = place === 0 && isInAnswer(pause, failed)
    if (isSaid && isOne && !remedy) return null
    const { title, detail } = pauseText(pause, t, group.length)
    const ownTitle = isSaid ? t('paused.which') : title
    const toDo = remedy && (
      <>
        <RemedyPart remedy={remedy} />
        {isOne && (
          <p className="mt-3">
            <TextLink href={mailServerPath(mailServerId)}>{t('paused.toServer')}</TextLink>
          </p>
        )}
      </>
    )
    const whatToDo = t('paused.whatToDo')
    // The steps of several would push the list out of sight.
    const isOpen = toDo && groups.length === 1
    const openTitle = isNamed && isOne ? `${name}: ${whatToDo}` : whatToDo
    const closedTitle = isSaid && isOne ? name : ownTitle
    return (
      <Panel
        key={mailServerId}
        title={isOpen ? openTitle : closedTitle}
        aside={isOne && <ResumeForm {...props} pause={pause} />}
      >
        {!isSaid && <p className="text-soft">{isOpen ? `${title}. ${detail}` : detail}</p>}
        {isOpen ? toDo : toDo && <Fold summary={whatToDo}>{toDo}</Fold>}
        {!isOne && (
          <ul className="mt-3 divide-y divide-line border-t border-line">
            {group.map((each) => (
              <li key={each.mailServerId} className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 py-2">
                <span className="grid min-w-0 justify-items-start wrap-anywhere">
                  <TextLink href={mailServerPath(each.mailServerId)}>
                    <bdi>{each.name}</bdi>
                  </TextLink>
                  <span className="text-sm text-soft">{sinceText(each, t)}</span>
                </span>
                <ResumeForm {...props} pause={each} />
              </li>
            ))}
          </ul>
        )}
      </Panel>
    )
  })
}

export function ResumeForm({ pause, mayChange, back, t }: ChangeProps & { pause: PausedServer }) {
  if (!mayChange) return null
  return (
    <ButtonForm
      action={resumeAction}
      hidden={{ back, server: pause.mailServerId }}
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
    <PlainForm key={mailServerId} action={pauseAction} hidden={{ back, server: mailServerId }}>
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
