import type { ReactNode } from 'react'
import { FormInput, FormTextArea } from '@/app/_form/form-input'
import { credentialPath, mailServerPath } from '@/app/paths'
import { ButtonLink } from '@/components/button'
import { DataList, pair } from '@/components/data-list'
import { Panel } from '@/components/panel'
import { Foreign, TextLink } from '@/components/text'
import { fieldTexts, isDatedByHand } from '@/lib/credentials/edit'
import { ROTATE_DAYS_MAX } from '@/lib/credentials/watch'
import { CredentialForm } from '../_view/credential-form'
import { type Dependents, dependentLines } from '../_view/dependents'
import { CertificateLink, hasNoExpiry, LatestProbe, Owners } from '../_view/labels'
import { renewalText } from '../_view/renewal-text'
import { checkNowAction, editAction, findDatesAction, rotateAheadAction, useFoundDateAction } from '../actions'
import type { Shared } from './answer'

export function About({ dependents, isEditing, ...shared }: Shared & { dependents: Dependents; isEditing: boolean }) {
  const { view, slots, watch, rotations, mayTest, t } = shared
  const { mailServer, startsAt, createdAt, createdBy, owners, note, hint, keyId, thumbprint, certificate } = view
  const usedBy = dependentLines(dependents, t)
  const isEntra = slots.mailServer.type !== 'smtp'
  return (
    <Panel id="about" title={t('one.about')}>
      <DataList
        narrow
        items={[
          pair(
            t('one.server'),
            <TextLink href={mailServerPath(mailServer.id)}>
              <Foreign>{mailServer.name}</Foreign>
            </TextLink>,
          ),
          pair(t('dependents.title'), usedBy.length > 0 && usedBy.map((line) => <p key={line}>{line}</p>)),
          pair(
            t('one.owner'),
            <>
              <Owners owners={owners} none={t('table.noOwner')} />
              {owners.length > 0 && <FactNote>{t('one.ownerNote', { count: owners.length })}</FactNote>}
            </>,
          ),
          pair(t('one.expiry'), <Expiry {...shared} />),
          pair(t('one.starts'), startsAt && t.date(startsAt)),
          pair(
            t('one.check'),
            <>
              <LatestProbe {...shared} />
              {mayTest && isEntra && (
                <div className="mt-2">
                  <CredentialForm action={checkNowAction} hidden={{ credential: view.id }} submit={t('one.checkNow')} />
                </div>
              )}
            </>,
          ),
          pair(t('one.renewal'), isEntra && renewalText(view, slots, rotations, watch.rotateDaysBefore, shared)),
          pair(t('one.note'), note && <span className="whitespace-pre-line text-soft">{note}</span>),
          pair(t('one.hint'), hint && `${hint}…`, 'mono'),
          pair(t('one.keyId'), keyId, 'mono'),
          pair(t('one.thumbprint'), thumbprint, 'mono'),
          pair(
            t('one.stored'),
            <>
              {t.time(createdAt)}
              <FactNote>{t('one.storedBy', { by: createdBy })}</FactNote>
            </>,
          ),
        ]}
      />
      {certificate && (
        <p className="mt-4 text-sm">
          <CertificateLink id={view.id} t={t} />
        </p>
      )}
      <Buttons isEditing={isEditing} isEntra={isEntra} {...shared} />
    </Panel>
  )
}

function Buttons(props: Shared & { isEditing: boolean; isEntra: boolean }) {
  const { view, isEditing, isEntra, mayWrite, mayTest, t } = props
  return (
    <div className="mt-4 flex flex-wrap items-start gap-2 empty:hidden">
      {mayWrite && !isEditing && <ButtonLink href={`${credentialPath(view.id)}?edit=1#edit`} text={t('one.edit')} />}
      {mayTest && isEntra && (view.kind === 'client-secret' || view.kind === 'certificate') && (
        <CredentialForm
          action={findDatesAction}
          hidden={{ mailServer: view.mailServer.id }}
          submit={t('find.button')}
        />
      )}
    </div>
  )
}

const FactNote = ({ children }: { children: ReactNode }) => <span className="block text-xs text-faint">{children}</span>

/** The expiry date. If Microsoft reports another one than was entered, it can be used instead. */
function Expiry({ view, mayWrite, t }: Shared) {
  const { expiresAt, expirySource, expiryVersion, datesDiffer, foundExpiresAt, id } = view
  return (
    <>
      {expiresAt ? t.date(expiresAt) : t(hasNoExpiry(view) ? 'state.endless' : 'state.date-unknown')}
      {expirySource && <FactNote>{t(`ends.source.${expirySource}`)}</FactNote>}
      {datesDiffer && foundExpiresAt && (
        <>
          <span className="mb-2 block font-[550] text-warn">{t('ends.differs', { day: t.date(foundExpiresAt) })}</span>
          {mayWrite && (
            <CredentialForm
              action={useFoundDateAction}
              hidden={{ credential: id, version: expiryVersion }}
              submit={t('one.useFound')}
            />
          )}
        </>
      )}
    </>
  )
}

/** The form of this credential, and the automatic renewal of all mail servers. */
export function EditPanel({ view, slots, watch, t }: Shared) {
  const texts = fieldTexts(view)
  const was = Object.fromEntries(Object.entries(texts).map(([field, text]) => [`was.${field}`, text]))
  return (
    <Panel id="edit" title={t('one.edit')}>
      <div className="grid gap-6">
        <CredentialForm action={editAction} hidden={{ ...was, credential: view.id }} submit={t('one.save')} guarded>
          {isDatedByHand(view) && (
            <FormInput
              type="date"
              name="validUntil"
              label={t('one.editDate')}
              hint={t('one.dateHint')}
              defaultValue={texts.validUntil}
            />
          )}
          <FormInput
            name="owners"
            label={t('one.owners')}
            hint={t('one.ownersHint')}
            defaultValue={texts.owners}
            maxLength={4000}
          />
          <FormTextArea
            prose
            name="note"
            label={t('one.note')}
            hint={t('one.noteHint')}
            rows={3}
            maxLength={500}
            defaultValue={texts.note}
          />
        </CredentialForm>
        {slots.mailServer.type !== 'smtp' && (
          <CredentialForm
            action={rotateAheadAction}
            hidden={{ version: watch.rotateVersion }}
            submit={t('graph.ahead.save')}
          >
            <FormInput
              name="rotateDaysBefore"
              label={t('graph.ahead.label')}
              hint={`${t('graph.ahead.hint', { max: ROTATE_DAYS_MAX })} ${t('graph.ahead.reminders', { first: Math.max(...watch.thresholdsDays) })}`}
              inputMode="numeric"
              pattern="[0-9]*"
              defaultValue={watch.rotateDaysBefore ?? ''}
            />
          </CredentialForm>
        )}
      </div>
    </Panel>
  )
}
