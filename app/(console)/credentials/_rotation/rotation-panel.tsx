import { mailServerPath } from '@/app/paths'
import { ButtonLink } from '@/components/button-link'
import { Section } from '@/components/section'
import type { SlotsView } from '@/lib/credentials/views'
import type { ViewContext } from '../_list/credential-cells'
import { findDatesAction } from '../actions'
import { AddForms } from './add-forms'
import { CredentialForm } from './credential-form'
import { FallbackNote } from './fallback-note'
import { stageOf } from './next-step'
import { Slot } from './slot'
import { NextForms, RemoveForm, submitButton } from './slot-forms'
import { StageNote } from './stage-note'

interface Panel extends ViewContext {
  slots: SlotsView
  mayWrite: boolean
  mayTest: boolean
  copy: { copy: string; copied: string }
}

/** One mail server's slots, the stage of its replacement, and the one thing to do next. */
export function RotationPanel(panel: Panel) {
  const { slots, t, mayWrite, mayTest } = panel
  const { mailServer, current, next } = slots
  const { id, name: server } = mailServer
  if (mailServer.type === 'smtp') return <p className="text-sm text-soft">{t('rotation.password')}</p>
  const stage = stageOf(slots)
  return (
    <Section
      id="rotation"
      title={t('rotation.title', { server })}
      description={t('rotation.description')}
      className="no-print"
    >
      {current?.carriedBy && <FallbackNote current={current} carriedBy={current.carriedBy} {...panel} />}
      <StageNote stage={stage} {...panel} />
      <div className="grid gap-4 md:grid-cols-2">
        <Slot title={t('rotation.slot.current')} view={current} {...panel}>
          {stage === 'remove' && mayTest && (
            <ButtonLink href={mailServerPath(id)}>{t('rotation.testLink', { server })}</ButtonLink>
          )}
        </Slot>
        <Slot title={t('rotation.slot.next')} view={next} {...panel}>
          <NextForms stage={stage} {...panel} />
        </Slot>
      </div>
      <PreviousSlots {...panel} />
      {mayWrite && !next && stage !== 'asking' && (
        <div className="mt-6">
          <h3 className="mb-2 font-[600]">{t('rotation.addTo', { server })}</h3>
          <AddForms mailServer={mailServer} t={t} />
        </div>
      )}
      {mayTest && current && <FindDates {...panel} />}
    </Section>
  )
}

function PreviousSlots(panel: Panel) {
  const { slots, mayWrite, t } = panel
  const { previous, mailServer } = slots
  if (previous.length === 0) return null
  return (
    <div className="mt-6">
      <h3 className="mb-2 font-[600]">{t('rotation.slot.former', { server: mailServer.name })}</h3>
      <div className="grid gap-4 md:grid-cols-2">
        {previous.map((view) => (
          <Slot key={view.id} title={t(`kind.${view.kind}`)} view={view} {...panel}>
            {mayWrite && <RemoveForm view={view} t={t} />}
          </Slot>
        ))}
      </div>
    </div>
  )
}

function FindDates({ slots: { mailServer }, copy, t }: Panel) {
  const server = mailServer.name
  return (
    <div className="mt-6">
      <h3 className="font-[600]">{t('find.title', { server })}</h3>
      <p className="mt-1 mb-3 max-w-[46rem] text-sm text-soft">{t('act.findWhy')}</p>
      <CredentialForm
        action={findDatesAction}
        hidden={{ mailServer: mailServer.id }}
        copy={copy}
        submit={submitButton(t, t('act.find', { server }))}
      />
    </div>
  )
}
