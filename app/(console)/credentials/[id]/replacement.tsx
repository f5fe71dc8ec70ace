import type { ReactNode } from 'react'
import { credentialPath, mailServerPath } from '@/app/paths'
import { ButtonLink } from '@/components/button'
import { Icon } from '@/components/icon'
import { Note } from '@/components/note'
import { Part } from '@/components/panel'
import { Refresh } from '@/components/refresh'
import { StatusBadge } from '@/components/state-badge'
import { PlainLink } from '@/components/text'
import { isRejected, STOPPED } from '@/lib/credentials/expiry'
import { isHeld, isLedByWorker } from '@/lib/credentials/rotation/rotation'
import type { CredentialView } from '@/lib/credentials/views'
import { actorName } from '@/lib/kernel'
import { services } from '@/lib/services'
import { needsYou } from '../_list/rows'
import { CredentialForm } from '../_view/credential-form'
import { CertificateLink } from '../_view/labels'
import { currentStep, kindsOf, STEPS, type Stage, stageOf, stageText } from '../_view/stage'
import { goBackAction, makeCurrentAction, removeAction, resumeAction, stopAction, testNextAction } from '../actions'
import type { Shared } from './answer'
import { DiscardNext } from './discard-next'
import { GraphHistory } from './history'
import { Ways } from './ways'

/** About as often as the worker may have made another attempt. */
const REFRESH_SECONDS = 10

/** Opens the ways. A link rather than a fold, so that the outcome of a form is in sight without scripts too. */
const REPLACE = '?replace=1#replace'

interface Flow extends Shared {
  stage: Stage
}

/** The replacement of a mail server's credential as a flow of four steps; one line while nothing is due. */
export function Replacement(shared: Shared) {
  const { view, slots, mayWrite, t } = shared
  const { mailServer, current, previous } = slots
  if (mailServer.type === 'smtp')
    return (
      <Part id="replace" title={t('flow.title.smtp-password')}>
        <p className="mb-3 max-w-[68ch] text-soft">{t('flow.password')}</p>
        <ButtonLink href={mailServerPath(mailServer.id)} text={t('step.password')} />
      </Part>
    )
  if (view.slot === 'previous') return mayWrite && <RemoveForm {...shared} />
  if (view.slot === 'next' && current) return null
  const { isReplacing } = shared
  const actual = stageOf(slots)
  // Replacing again begins at the first step, although the last one of the replacement before is still open.
  const stage = isReplacing && actual === 'remove' ? 'add' : actual
  const flow = { ...shared, stage }
  const isDue = isReplacing || stage !== 'add' || needsYou({ view }) || view.state === 'soon'
  return (
    <Part id="replace" title={t(`flow.title.${view.kind}`)} aside={<Started {...flow} />}>
      {slots.rotation && isHeld(slots.rotation) && (
        <Note
          kind="warning"
          className="mb-4"
          action={
            mayWrite && (
              <CredentialForm
                action={resumeAction}
                hidden={{ mailServer: mailServer.id, rotation: slots.rotation.id }}
                submit={t('flow.resume')}
              />
            )
          }
        >
          {t('flow.held')}
        </Note>
      )}
      {isDue ? (
        <Steps {...flow} />
      ) : (
        <p className="flex flex-wrap items-center gap-3 text-soft">
          {t('flow.idle')}
          {mayWrite && <ButtonLink href={`${credentialPath(view.id)}${REPLACE}`} text={t('flow.open')} />}
        </p>
      )}
      {!mayWrite && <p className="mt-3 text-sm text-faint">{t('flow.readers')}</p>}
      {stage !== 'remove' && previous.length > 0 && (
        <div className="mt-5 grid gap-2">
          <h3 className="text-sm font-[600] text-soft">{t('flow.previous', { count: previous.length })}</h3>
          <Previous {...flow} />
        </div>
      )}
      <GraphHistory {...shared} />
    </Part>
  )
}

function Started({ stage, slots: { rotation, next, mailServer }, now, mayWrite, t }: Flow) {
  if (!rotation) return null
  const time = t.relativeTime(rotation.startedAt, now)
  return (
    <div className="flex flex-wrap items-center gap-x-4 [&>.button]:-ml-2.5 [&>form_.button]:-ml-2.5">
      {rotation.automatic
        ? t('flow.startedAutomatically', { time })
        : t('flow.started', { time, name: actorName(rotation.startedBy) })}
      {mayWrite && next && <DiscardNext next={next} t={t} />}
      {mayWrite && !next && stage === 'asking' && (
        <CredentialForm
          action={stopAction}
          hidden={{ mailServer: mailServer.id, rotation: rotation.id }}
          submit={{ label: t('flow.stop'), kind: 'quiet' }}
        />
      )}
    </div>
  )
}

function Steps(flow: Flow) {
  const { stage, slots, t } = flow
  const current = currentStep(stage)
  const kinds = kindsOf(flow)
  return (
    <ol aria-label={t('flow.steps')} className="grid">
      {STEPS.map((step, index) => (
        <li
          key={step}
          aria-current={index === current ? 'step' : undefined}
          className="relative grid grid-cols-[1.75rem_minmax(0,1fr)] gap-x-4 pb-6 last:pb-0"
        >
          {index < STEPS.length - 1 && (
            <span
              aria-hidden="true"
              className={`absolute top-8 bottom-1 left-[0.8125rem] w-0.5 ${index < current ? 'bg-good-fill' : 'bg-line'}`}
            />
          )}
          <span
            className={`grid size-7 place-items-center rounded-full border text-sm font-[600] tabular-nums ${markOf(index - current)}`}
            aria-hidden="true"
          >
            {index < current ? <Icon name="check" className="size-4" /> : index + 1}
          </span>
          <div className="min-w-0">
            <p
              className={`flex min-h-7 flex-wrap items-center gap-x-2 ${index > current ? 'text-soft' : 'font-[600]'}`}
            >
              {t(`flow.${step}`, { secret: t(`short.${kinds[step === 'remove' ? 'removed' : 'added']}`) })}
              {index < current && (
                <StatusBadge tone="good">{t(step === 'test' ? 'flow.accepted' : 'flow.done')}</StatusBadge>
              )}
            </p>
            {index === current && <CurrentStep {...flow} />}
            {index > current && step === 'remove' && (
              <p className="text-sm text-faint">
                {stage === 'fallback'
                  ? t('flow.locked', { secret: t(`short.${kinds.removed}`) })
                  : t(slots.rotation && isLedByWorker(slots.rotation) ? 'flow.removeByWorker' : 'flow.removeText')}
              </p>
            )}
          </div>
        </li>
      ))}
    </ol>
  )
}

/** How a step is marked, by its distance from the current one. */
function markOf(distance: number): string {
  if (distance < 0) return 'border-good-wash bg-good-wash text-good'
  return distance === 0 ? 'border-accent bg-accent text-on-accent' : 'border-edge text-faint'
}

function CurrentStep(flow: Flow) {
  const { stage, slots, mayWrite, mayTest, t } = flow
  const { current, mailServer } = slots
  const isWaiting = stage === 'settling' || (stage === 'asking' && !(slots.rotation && isHeld(slots.rotation)))
  return (
    <div className="grid gap-3.5">
      <p className="max-w-[68ch] text-sm text-soft">{stageText(flow)}</p>
      {isWaiting && <Refresh everySeconds={REFRESH_SECONDS} />}
      {stage === 'asking' && slots.next && mayWrite && (
        <p className="max-w-[68ch] text-sm text-soft">{t('flow.askingStop')}</p>
      )}
      {stage === 'fallback' && mayWrite && current?.carriedBy && (
        <GoBack credentialId={current.carriedBy.credentialId} server={mailServer} t={t} />
      )}
      {(stage === 'add' || stage === 'fallback') && mayWrite && <Ways {...flow} />}
      {stage !== 'asking' && <Next {...flow} />}
      {stage === 'remove' && (
        <>
          {mayTest && (
            <p>
              <ButtonLink href={mailServerPath(mailServer.id)} text={t('flow.toTest')} />
            </p>
          )}
          <Previous {...flow} />
          {mayWrite && (
            <p className="buttons">
              <ButtonLink kind="quiet" href={`${credentialPath(flow.view.id)}${REPLACE}`} text={t('flow.again')} />
            </p>
          )}
        </>
      )}
    </div>
  )
}

/** The current and the next credential side by side, and the forms that test the next one and make it current. */
function Next(flow: Flow) {
  const { stage, slots, mayWrite, mayTest, t } = flow
  const { current, next, mailServer } = slots
  if (!next) return null
  const isReady = stage === 'current'
  return (
    <>
      <div className="grid items-center gap-2.5 sm:grid-cols-[minmax(0,1fr)_auto_minmax(0,1fr)]">
        <SlotCard title={t('flow.currentSlot')} slot={current} {...flow} />
        <Icon name="chevron" className="mx-auto size-4 text-faint max-sm:rotate-90" />
        <SlotCard title={t('flow.nextSlot')} slot={next} isNext {...flow} />
      </div>
      <div className="flex flex-wrap items-start gap-2.5">
        {mayWrite && isReady && (
          <CredentialForm
            action={makeCurrentAction}
            hidden={{ mailServer: mailServer.id, credential: next.id, version: mailServer.version }}
            submit={{ label: t('flow.makeCurrent'), kind: 'primary' }}
          />
        )}
        {mayTest && (
          <CredentialForm
            action={testNextAction}
            hidden={{ mailServer: mailServer.id }}
            submit={{
              label: t(next.latestProbe ? 'flow.testAgain' : 'flow.testNow'),
              kind: isReady || stage === 'settling' ? 'secondary' : 'primary',
            }}
          />
        )}
        {mayWrite && isReady && <p className="py-1.5 text-sm text-faint">{t('flow.atOnce')}</p>}
      </div>
    </>
  )
}

function validityText(slot: CredentialView, t: Flow['t']): string {
  if (isRejected(slot)) return t('state.refused')
  if (!slot.expiresAt) return t('flow.noDate')
  return t(slot.state === 'expired' ? 'flow.expired' : 'flow.until', { day: t.date(slot.expiresAt) })
}

function SlotCard(props: Flow & { title: string; slot: CredentialView | null; isNext?: boolean }) {
  const { title, slot, isNext = false, t } = props
  if (!slot) return null
  const { kind, hint, state, certificate, id } = slot
  const look = isNext ? 'border-dashed border-accent bg-accent-wash' : 'border-line bg-raised'
  return (
    <div className={`grid gap-0.5 rounded-lg border px-3.5 py-2.5 ${look}`}>
      <p className="text-xs text-soft">{title}</p>
      <p className="font-[600]">
        {t(`kind.${kind}`)} {hint && <span className="font-mono text-sm">{hint}…</span>}
      </p>
      <p className={`text-sm ${state === 'critical' || STOPPED.includes(state) ? 'text-bad' : 'text-soft'}`}>
        {validityText(slot, t)}
      </p>
      {isNext && certificate && (
        <p className="text-sm">
          <CertificateLink id={id} t={t} />
        </p>
      )}
    </div>
  )
}

/** Makes the fallback current again: Entra rejects the one in use, it cannot be opened here, or mail fails since the switch. */
const GoBack = (props: Pick<Shared, 't'> & { credentialId: string; server: Shared['slots']['mailServer'] }) => (
  <CredentialForm
    action={goBackAction}
    hidden={{ mailServer: props.server.id, credential: props.credentialId, version: props.server.version }}
    submit={props.t('flow.goBack')}
  />
)

/** The previous credentials that are still stored, newest first. */
function Previous({ stage, slots, mayWrite, t }: Flow): ReactNode {
  return (
    <ul className="divide-y divide-line rounded-lg border border-line bg-raised">
      {slots.previous.map((view) => (
        <li key={view.id} className="grid gap-2 px-3.5 py-3">
          <p>
            <PlainLink href={credentialPath(view.id)} className="font-[600]">
              {[t(`kind.${view.kind}`), view.hint && `${view.hint}…`].filter(Boolean).join(' ')}
            </PlainLink>
            <span className="block text-sm text-soft">{`${t('one.stored')}: ${t.time(view.createdAt)}`}</span>
            {view.isFallback && view.fallbackUntil && (
              <span className="block text-sm text-soft">{t('one.fallback', { time: t.time(view.fallbackUntil) })}</span>
            )}
          </p>
          {mayWrite && view.isFallback && stage !== 'fallback' && (
            <GoBack credentialId={view.id} server={slots.mailServer} t={t} />
          )}
          {mayWrite && <RemoveForm view={view} t={t} />}
        </li>
      ))}
    </ul>
  )
}

/** Deletes the secret of a previous credential; while mail may need it, only with the tick. */
async function RemoveForm({ view, t }: Pick<Shared, 't'> & { view: CredentialView }) {
  const { sure, possible } = await services().credentials.sharedWith(view.id)
  const isShared = sure.length + possible.length > 0
  const secret = t(`short.${view.kind}`)
  return (
    <CredentialForm
      action={removeAction}
      hidden={{ mailServer: view.mailServer.id, credential: view.id, ...(isShared && { shared: 'on' }) }}
      submit={{ label: t('flow.remove', { secret }), kind: 'danger' }}
    >
      {sure.length > 0 && (
        <p className="max-w-[68ch] text-sm text-warn">{t('flow.shared', { secret, servers: sure.join(', ') })}</p>
      )}
      {possible.length > 0 && (
        <p className="max-w-[68ch] text-sm text-warn">
          {t('flow.sharedMaybe', { secret, servers: possible.join(', ') })}
        </p>
      )}
      {view.keptBecause && (
        <>
          <p className="max-w-[68ch] text-sm text-soft">
            {view.keptBecause.kind === 'too-early'
              ? t('flow.tooEarly', { until: t.time(view.keptBecause.until) })
              : t('fault.still-needed')}
          </p>
          <label className="flex gap-2 text-sm">
            <input type="checkbox" name="insist" className="mt-0.5 size-4 shrink-0" />
            {t('flow.insist')}
          </label>
        </>
      )}
    </CredentialForm>
  )
}
