import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { requireCaller } from '@/app/_server/caller'
import { getTranslations } from '@/app/_server/translations'
import { CREDENTIALS_PATH, credentialPath, replaceCredentialPath } from '@/app/paths'
import { ButtonLink } from '@/components/button-link'
import { DataList } from '@/components/data-list'
import { Field, fieldProps } from '@/components/field'
import { TextInput } from '@/components/inputs'
import { Page } from '@/components/page'
import { Section } from '@/components/section'
import { Table } from '@/components/table'
import { absoluteDate, Timestamp } from '@/components/timestamp'
import { may } from '@/lib/access/permissions'
import { services } from '@/lib/services'
import { EndOf, LatestProbe, Owners, ProbeResult, RemedyLink } from '../_list/credential-cells'
import { dependents } from '../_list/dependents'
import { nameOf } from '../_list/labels'
import { StateLabel } from '../_list/state-label'
import { UsedBy } from '../_list/used-by'
import { CredentialForm } from '../_rotation/credential-form'
import { checkNowAction, setDateAction, setNoteAction, setOwnersAction, useFoundDateAction } from '../actions'
import { DoneNote } from '../done-note'

const PROBES_SHOWN = 30

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('credentials'))('table.credential') }
}

export default async function CredentialPage({ params, searchParams }: PageProps<'/credentials/[id]'>) {
  const { actor, locale } = await requireCaller('credentials:read')
  const { id } = await params
  const { credentials, clock } = services()
  const view = await credentials.byId(id)
  if (!view) notFound()
  const [t, shell, probes, dependentsOn, { done }] = await Promise.all([
    getTranslations('credentials'),
    getTranslations('shell'),
    credentials.probes(view.id, PROBES_SHOWN),
    dependents(),
    searchParams,
  ])
  const told = { now: clock.now(), locale, t }
  const [mayWrite, mayTest] = [may(actor.role, 'credentials:write'), may(actor.role, 'credentials:test')]
  const isPassword = view.kind === 'smtp-password'
  const hidden = { credential: view.id }
  const submit = (label: string) => ({ label, pending: t('act.pending') })
  const noteLabels = { name: 'note', hint: t('one.noteHint') }
  const dateLabels = { name: 'validUntil', hint: t('one.dateHint') }
  return (
    <Page
      title={nameOf(view, t)}
      width="text"
      breadcrumb={[{ label: shell('systemSettings') }, { label: t('title'), href: CREDENTIALS_PATH }]}
      aside={<StateLabel view={view} t={t} />}
    >
      <DoneNote done={done} t={t} />
      <Section id="facts" title={t('one.facts')}>
        <DataList
          items={[
            {
              term: t('one.usedBy'),
              value: <UsedBy view={view} dependents={dependentsOn(view.mailServer.id)} t={t} />,
            },
            ...(view.startsAt
              ? [{ term: t('one.starts'), value: <Timestamp at={view.startsAt} {...told} show="date" /> }]
              : []),
            {
              term: t('table.ends'),
              value: (
                <>
                  <EndOf view={view} {...told} />
                  {mayWrite && view.datesDiffer && view.foundExpiresAt && (
                    <CredentialForm
                      action={useFoundDateAction}
                      hidden={hidden}
                      submit={submit(t('one.useFound', { date: absoluteDate(view.foundExpiresAt, locale) }))}
                    />
                  )}
                </>
              ),
            },
            ...(view.foundExpiresAt
              ? [{ term: t('one.found'), value: <Timestamp at={view.foundExpiresAt} {...told} show="date" /> }]
              : []),
            {
              term: t('one.stored'),
              value: (
                <>
                  <Timestamp at={view.createdAt} {...told} /> {t('one.storedBy', { by: view.createdBy })}
                </>
              ),
            },
            ...(view.keyId ? [{ term: t('one.keyId'), value: view.keyId, mono: true }] : []),
            ...(view.thumbprint ? [{ term: t('rotation.slot.thumbprint'), value: view.thumbprint, mono: true }] : []),
            ...(view.owners.length > 0 ? [{ term: t('table.owner'), value: <Owners view={view} /> }] : []),
            ...(view.note
              ? [{ term: t('table.note'), value: <span className="whitespace-pre-line">{view.note}</span> }]
              : []),
            { term: t('table.probe'), value: <LatestProbe view={view} {...told} /> },
          ]}
        />
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
      </Section>
      {mayTest && !isPassword && (
        <Section id="check" title={t('one.checkTitle')} description={t('one.checkWhy')}>
          <CredentialForm action={checkNowAction} hidden={hidden} submit={submit(t('one.check'))} />
        </Section>
      )}
      {mayWrite && (
        <Section id="edit" title={t('one.edit')}>
          <div className="grid gap-6">
            {(view.kind === 'client-secret' || isPassword) && (
              <CredentialForm action={setDateAction} hidden={hidden} submit={submit(t('one.saveDate'))}>
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
            <CredentialForm action={setOwnersAction} hidden={hidden} submit={submit(t('one.saveOwners'))}>
              <TextInput
                name="owners"
                label={t('one.owners')}
                hint={t('one.ownersHint')}
                defaultValue={view.owners.join(', ')}
                autoComplete="off"
                maxLength={4000}
              />
            </CredentialForm>
            <CredentialForm action={setNoteAction} hidden={hidden} submit={submit(t('one.saveNote'))}>
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
      )}
      {probes.length > 0 && (
        <Section id="answers" title={t('one.answers')}>
          <Table
            caption={t('one.answersCaption', { name: nameOf(view, t) })}
            rows={probes}
            rowKey={({ at }) => at.toISOString()}
            columns={[
              { key: 'when', label: t('one.when'), cell: ({ at }) => <Timestamp at={at} {...told} /> },
              { key: 'why', label: t('one.why'), cell: ({ reason }) => t(`one.reason.${reason}`) },
              {
                key: 'answer',
                label: t('one.answer'),
                cell: ({ outcome, diagnosisCode }) => (
                  <>
                    <ProbeResult outcome={outcome} t={t} />
                    {diagnosisCode && <RemedyLink code={diagnosisCode} t={t} />}
                  </>
                ),
              },
            ]}
          />
        </Section>
      )}
    </Page>
  )
}
