import { credentialPath, replaceCredentialPath } from '@/app/paths'
import { ButtonLink } from '@/components/button-link'
import { DataList } from '@/components/data-list'
import { Field, fieldProps } from '@/components/field'
import { TextInput } from '@/components/inputs'
import { Section } from '@/components/section'
import { absoluteDate, Timestamp } from '@/components/timestamp'
import type { CredentialView } from '@/lib/credentials/views'
import { ExpiryDate, LatestProbe, Owners, type ViewContext } from '../_list/credential-cells'
import type { Dependents } from '../_list/dependents'
import { UsedBy } from '../_list/used-by'
import { CredentialForm } from '../_rotation/credential-form'
import { editAction, useFoundDateAction } from '../actions'

interface Details extends ViewContext {
  view: CredentialView
  mayWrite: boolean
}

/** What is known about a credential. */
export function Facts({ view, dependents, mayWrite, ...context }: Details & { dependents: Dependents }) {
  const { t } = context
  return (
    <Section id="facts" title={t('one.facts')}>
      <DataList
        items={[
          {
            term: t('one.usedBy'),
            value: <UsedBy view={view} dependents={dependents} t={t} />,
          },
          ...(view.startsAt
            ? [{ term: t('one.starts'), value: <Timestamp at={view.startsAt} {...context} show="date" /> }]
            : []),
          {
            term: t('table.ends'),
            value: <ExpiryFact view={view} mayWrite={mayWrite} {...context} />,
          },
          ...(view.foundExpiresAt
            ? [{ term: t('one.found'), value: <Timestamp at={view.foundExpiresAt} {...context} show="date" /> }]
            : []),
          {
            term: t('one.stored'),
            value: (
              <>
                <Timestamp at={view.createdAt} {...context} /> {t('one.storedBy', { by: view.createdBy })}
              </>
            ),
          },
          ...(view.keyId ? [{ term: t('one.keyId'), value: view.keyId, mono: true }] : []),
          ...(view.thumbprint ? [{ term: t('rotation.slot.thumbprint'), value: view.thumbprint, mono: true }] : []),
          ...(view.owners.length > 0 ? [{ term: t('table.owner'), value: <Owners view={view} /> }] : []),
          ...(view.note
            ? [{ term: t('table.note'), value: <span className="whitespace-pre-line">{view.note}</span> }]
            : []),
          { term: t('table.probe'), value: <LatestProbe view={view} {...context} /> },
        ]}
      />
      <Downloads view={view} t={t} />
    </Section>
  )
}

/** The expiry date. If Graph reports another one than was typed, it can be used instead. */
function ExpiryFact({ view, mayWrite, ...context }: Details) {
  const { t, locale } = context
  const { foundExpiresAt } = view
  return (
    <>
      <ExpiryDate view={view} {...context} />
      {mayWrite && view.datesDiffer && foundExpiresAt && (
        <CredentialForm
          action={useFoundDateAction}
          hidden={{ credential: view.id }}
          submit={{
            label: t('one.useFound', { date: absoluteDate(foundExpiresAt, locale) }),
            pending: t('act.pending'),
          }}
        />
      )}
    </>
  )
}

function Downloads({ view, t }: Pick<Details, 'view' | 't'>) {
  return (
    <div className="mt-3 flex flex-wrap gap-2">
      <ButtonLink href={replaceCredentialPath(view.mailServer.id)}>
        {t('next.add', { server: view.mailServer.name })}
      </ButtonLink>
      {view.expiresAt && (
        <a href={`${credentialPath(view.id)}/calendar`} download className="button button-secondary">
          {t('one.calendar')}
        </a>
      )}
      {view.certificate && (
        <a href={`${credentialPath(view.id)}/certificate`} download className="button button-secondary">
          {t('rotation.cer')}
        </a>
      )}
    </div>
  )
}

/** The forms that change one field each. */
export function EditForms({ view, t }: Pick<Details, 'view' | 't'>) {
  const submit = (label: string) => ({ label, pending: t('act.pending') })
  const noteLabels = { name: 'note', hint: t('one.noteHint') }
  const dateLabels = { name: 'validUntil', hint: t('one.dateHint') }
  return (
    <Section id="edit" title={t('one.edit')}>
      <div className="grid gap-6">
        {(view.kind === 'client-secret' || view.kind === 'smtp-password') && (
          <CredentialForm action={editAction} hidden={{ credential: view.id }} submit={submit(t('one.saveDate'))}>
            <Field label={t('one.editDate')} {...dateLabels}>
              <input
                type="date"
                defaultValue={view.expiresAt?.toISOString().slice(0, 10)}
                className="control"
                {...fieldProps(dateLabels)}
              />
            </Field>
          </CredentialForm>
        )}
        <CredentialForm action={editAction} hidden={{ credential: view.id }} submit={submit(t('one.saveOwners'))}>
          <TextInput
            name="owners"
            label={t('one.owners')}
            hint={t('one.ownersHint')}
            defaultValue={view.owners.join(', ')}
            autoComplete="off"
            maxLength={4000}
          />
        </CredentialForm>
        <CredentialForm action={editAction} hidden={{ credential: view.id }} submit={submit(t('one.saveNote'))}>
          <Field label={t('table.note')} {...noteLabels}>
            <textarea
              rows={3}
              maxLength={500}
              defaultValue={view.note}
              className="control"
              {...fieldProps(noteLabels)}
            />
          </Field>
        </CredentialForm>
      </div>
    </Section>
  )
}
