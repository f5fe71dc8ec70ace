import Link from 'next/link'
import type { ReactNode } from 'react'
import { newFormToken } from '@/app/_server/form-token'
import { credentialPath, mailServerPath } from '@/app/paths'
import { ButtonLink } from '@/components/button-link'
import { Note } from '@/components/note'
import { Refresh } from '@/components/refresh'
import { Section } from '@/components/section'
import { absoluteTime, relativeTime } from '@/components/timestamp'
import type { CredentialView, SlotsView } from '@/lib/credentials/deps'
import { propagatesUntil } from '@/lib/credentials/propagation'
import { EndOf, LatestProbe, RemedyLink, type ViewContext } from '../_list/credential-cells'
import { StateLabel } from '../_list/state-label'
import {
  discardNextAction,
  findDatesAction,
  goBackAction,
  makeCurrentAction,
  removeAction,
  testNextAction,
} from '../actions'
import { AddForms } from './add-forms'
import { CredentialForm } from './credential-form'
import { currentStep, STEPS, type Stage, stageOf } from './next-step'

/** As often as the clock may have tried again, or nearly. */
const REFRESH_SECONDS = 10

interface Panel extends ViewContext {
  slots: SlotsView
  mayWrite: boolean
  mayTest: boolean
  copy: { copy: string; copied: string }
}

/** One mail server's two slots, where its replacement stands, and the one thing to do next. */
export function RotationPanel(panel: Panel) {
  const { slots, t, mayWrite, mayTest } = panel
  const { mailServer, current, next, previous } = slots
  const { id, name: server } = mailServer
  if (mailServer.type === 'smtp') return <p className="text-sm text-soft">{t('rotation.password')}</p>
  const stage = stageOf(slots)
  const button = (label: string, kind: 'primary' | 'secondary' | 'danger' = 'secondary') => ({
    label,
    pending: t('act.pending'),
    kind,
  })
  return (
    <Section
      id="rotation"
      title={t('rotation.title', { server })}
      description={t('rotation.description')}
      className="no-print"
    >
      {current?.carriedBy && <FallbackNote current={current} carriedBy={current.carriedBy} {...panel} />}
      <StepTrail stage={stage} t={t} />
      <Note kind={stage === 'refused' || stage === 'unknown' ? 'warning' : 'info'} className="mb-5">
        <p>{stageText(stage, panel)}</p>
        {stage === 'asking' && next && mayWrite && <p>{t('rotation.now.askingStop')}</p>}
        {(stage === 'settling' || stage === 'asking') && <Refresh everySeconds={REFRESH_SECONDS} />}
        {!mayWrite && <p>{t('rotation.readers')}</p>}
      </Note>
      <div className="grid gap-4 md:grid-cols-2">
        <Slot title={t('rotation.slot.current')} view={current} {...panel}>
          {stage === 'remove' && mayTest && (
            <ButtonLink href={mailServerPath(id)}>{t('rotation.testLink', { server })}</ButtonLink>
          )}
        </Slot>
        <Slot title={t('rotation.slot.next')} view={next} {...panel}>
          {next && mayTest && stage !== 'asking' && (
            <CredentialForm
              action={testNextAction}
              hidden={{ mailServer: id }}
              submit={button(
                t(next.latestProbe ? 'act.testAgain' : 'act.test', { server }),
                stage === 'current' ? 'secondary' : 'primary',
              )}
            />
          )}
          {next && mayWrite && stage === 'current' && (
            <CredentialForm
              action={makeCurrentAction}
              hidden={{ mailServer: id, credential: next.id, version: mailServer.version, formToken: newFormToken() }}
              submit={button(t('act.makeCurrent', { server }), 'primary')}
            />
          )}
          {next && mayWrite && (
            <CredentialForm
              action={discardNextAction}
              hidden={{ mailServer: id, credential: next.id, formToken: newFormToken() }}
              submit={button(t('act.discard', { server }))}
            />
          )}
        </Slot>
      </div>
      {previous.length > 0 && (
        <div className="mt-6">
          <h3 className="mb-2 font-[600]">{t('rotation.slot.former', { server })}</h3>
          <div className="grid gap-4 md:grid-cols-2">
            {previous.map((view) => (
              <Slot key={view.id} title={t(`kind.${view.kind}`)} view={view} {...panel}>
                {mayWrite && <RemoveForm view={view} t={t} submit={button(t('act.remove', { server }), 'danger')} />}
              </Slot>
            ))}
          </div>
        </div>
      )}
      {mayWrite && !next && stage !== 'asking' && (
        <div className="mt-6">
          <h3 className="mb-2 font-[600]">{t('rotation.addTo', { server })}</h3>
          <AddForms mailServer={mailServer} t={t} />
        </div>
      )}
      {mayTest && current && (
        <div className="mt-6">
          <h3 className="font-[600]">{t('find.title', { server })}</h3>
          <p className="mt-1 mb-3 max-w-[46rem] text-sm text-soft">{t('act.findWhy')}</p>
          <CredentialForm
            action={findDatesAction}
            hidden={{ mailServer: id }}
            copy={panel.copy}
            submit={button(t('act.find', { server }))}
          />
        </div>
      )}
    </Section>
  )
}

/** Mail is sent with the previous credential. It must stay, so this says so and offers to make it current again. */
function FallbackNote({
  current,
  carriedBy,
  slots: { mailServer },
  mayWrite,
  locale,
  t,
}: Panel & { current: CredentialView; carriedBy: NonNullable<CredentialView['carriedBy']> }) {
  const { id, name: server, version } = mailServer
  return (
    <Note
      kind="warning"
      className="mb-5"
      title={t('fallback.title', { server })}
      action={
        mayWrite && (
          <CredentialForm
            action={goBackAction}
            hidden={{ mailServer: id, credential: carriedBy.credentialId, version, formToken: newFormToken() }}
            submit={{ label: t('fallback.goBack', { server }), pending: t('act.pending'), kind: 'primary' }}
          />
        )
      }
    >
      <p>
        {t('fallback.text', { kind: t(`kind.${current.kind}`), until: absoluteTime(carriedBy.until, locale) })}
        {current.refusedCode && (
          <>
            {' '}
            <RemedyLink code={current.refusedCode} t={t} />
          </>
        )}
      </p>
    </Note>
  )
}

function stageText(stage: Stage, { slots: { next, rotation }, now, locale, t }: Panel): string {
  const at = rotation?.nextTryAt
  const soon = relativeTime(new Date(Math.max(at?.getTime() ?? 0, now.getTime())), now, locale)
  if (stage === 'asking') return t('rotation.now.asking', { next: soon })
  if (stage !== 'settling' || !next || !at) return t(`rotation.now.${stage}`)
  return t('rotation.now.settling', { next: soon, until: absoluteTime(propagatesUntil(next), locale) })
}

function StepTrail({ stage, t }: { stage: Stage; t: ViewContext['t'] }) {
  const at = currentStep(stage)
  return (
    <ol aria-label={t('rotation.steps')} className="mb-4 flex flex-wrap gap-x-5 gap-y-1 text-sm">
      {STEPS.map((step, index) => (
        <li
          key={step}
          aria-current={index === at ? 'step' : undefined}
          className={index === at ? 'font-[600] text-accent' : 'text-faint'}
        >
          {index + 1}. {t(`rotation.step.${step}`)}
          {index < at && <span className="text-good"> ({t('rotation.step.done')})</span>}
        </li>
      ))}
    </ol>
  )
}

function Slot({
  title,
  view,
  children,
  ...told
}: ViewContext & { title: string; view: CredentialView | null; children: ReactNode }) {
  const { t, locale } = told
  return (
    <div className="min-w-0 rounded-lg border border-line bg-surface px-4 py-3">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p className="font-[600]">{title}</p>
        {view && <StateLabel view={view} t={t} />}
      </div>
      {view ? (
        <dl className="mt-2 grid grid-cols-[minmax(0,8rem)_minmax(0,1fr)] gap-x-3 gap-y-1 text-sm [&_dt]:text-faint">
          <dt>{t('table.credential')}</dt>
          <dd>
            {t(`kind.${view.kind}`)}{' '}
            <Link href={credentialPath(view.id)} prefetch={false} className="prose-link">
              {t('rotation.slot.details')}
              <span className="sr-only"> {title}</span>
            </Link>
          </dd>
          <dt>{t('table.ends')}</dt>
          <dd>
            <EndOf view={view} {...told} />
          </dd>
          <dt>{t('table.probe')}</dt>
          <dd>
            <LatestProbe view={view} {...told} />
          </dd>
          {view.isFallback && view.fallbackUntil && (
            <>
              <dt>{t('rotation.slot.fallback')}</dt>
              <dd>{absoluteTime(view.fallbackUntil, locale)}</dd>
            </>
          )}
          {view.thumbprint && (
            <>
              <dt>{t('rotation.slot.thumbprint')}</dt>
              <dd className="font-mono text-xs">{view.thumbprint}</dd>
            </>
          )}
        </dl>
      ) : (
        <p className="mt-2 text-sm text-faint">{t('rotation.slot.none')}</p>
      )}
      {view?.certificate && (
        <p className="mt-2 text-sm">
          <a href={`${credentialPath(view.id)}/certificate`} download className="prose-link">
            {t('rotation.cer')}
          </a>
        </p>
      )}
      <div className="mt-3 flex flex-wrap items-start gap-2 empty:hidden">{children}</div>
    </div>
  )
}

function RemoveForm({
  view,
  t,
  submit,
}: {
  view: CredentialView
  t: ViewContext['t']
  submit: { label: string; pending: string; kind: 'primary' | 'secondary' | 'danger' }
}) {
  return (
    <CredentialForm
      action={removeAction}
      hidden={{ mailServer: view.mailServer.id, credential: view.id, formToken: newFormToken() }}
      submit={submit}
    >
      {view.keptBecause && (
        <label className="flex gap-2 text-sm">
          <input type="checkbox" name="insist" className="mt-0.5 size-4 shrink-0" />
          {t('act.insist')}
        </label>
      )}
    </CredentialForm>
  )
}
