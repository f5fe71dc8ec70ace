import type { ReactNode } from 'react'
import { FormInput, FormRadios } from '@/app/_form/form-input'
import { CodeBlock } from '@/components/code-block'
import { CERTIFICATE_DAYS_MAX } from '@/lib/credentials/rotation/add-next'
import { isLedByWorker } from '@/lib/credentials/rotation/rotation'
import type { CredentialKind } from '@/lib/kernel'
import { services } from '@/lib/services'
import { CredentialForm } from '../_view/credential-form'
import { addNextAction, rotateNowAction } from '../actions'
import { offeredKinds } from '../parse-credential'
import type { Shared } from './answer'

const DAYS_USUAL = 365

/** Kinds that Postroom can replace at Microsoft itself. */
const REPLACEABLE: readonly CredentialKind[] = ['client-secret', 'certificate']

/** The ways to a next credential, each a card that opens its form; one is open at a time. */
export async function Ways(shared: Shared) {
  const { slots, opensCertificate, t } = shared
  const { current, mailServer, rotation } = slots
  const isBusy = rotation !== null && (isLedByWorker(rotation) || rotation.step !== 'current')
  const offered = offeredKinds()
  const way = (name: 'secret' | 'certificate' | 'federated-token' | 'managed-identity', fields?: ReactNode) => (
    <CredentialForm
      key={name}
      action={addNextAction}
      // The fields of a certificate choose its kind.
      hidden={{ mailServer: mailServer.id, ...(name !== 'certificate' && { kind: name }) }}
      submit={{ label: t('ways.add'), kind: 'primary' }}
      guarded
      fold={{
        title: t(`ways.${name}`),
        intro: t(`ways.${name}Text`),
        group: 'way',
        card: true,
        open: name === 'certificate' && opensCertificate,
      }}
    >
      {fields}
      <FormInput idPrefix={name} name="note" autoCapitalize="sentences" label={t('ways.note')} maxLength={500} />
    </CredentialForm>
  )
  return (
    <div className="grid gap-2.5">
      {current && !isBusy && REPLACEABLE.includes(current.kind) && <GraphWay {...shared} />}
      {way(
        'secret',
        <>
          <FormInput idPrefix="secret" name="newSecret" label={t('ways.value')} type="password" required />
          <FormInput
            idPrefix="secret"
            name="validUntil"
            label={t('ways.until')}
            hint={t('ways.untilHint')}
            type="date"
          />
        </>,
      )}
      {way('certificate', <CertificateFields t={t} />)}
      {(['federated-token', 'managed-identity'] as const)
        .filter((kind) => offered.includes(kind))
        .map((kind) => way(kind))}
    </div>
  )
}

/** Created here or imported; which fields there are follows from the choice, without scripts too. */
function CertificateFields({ t }: Pick<Shared, 't'>) {
  return (
    <>
      <FormRadios
        name="kind"
        legend={<span className="sr-only">{t('ways.source')}</span>}
        options={[
          { value: 'make-certificate', label: t('ways.make'), hint: t('ways.makeHint') },
          { value: 'import', label: t('ways.import'), hint: t('ways.importHint') },
        ]}
        defaultValue="make-certificate"
      />
      <div className="for-making">
        <FormInput
          idPrefix="make"
          name="days"
          label={t('ways.days')}
          hint={t('ways.daysHint', { max: CERTIFICATE_DAYS_MAX })}
          inputMode="numeric"
          defaultValue={DAYS_USUAL}
        />
      </div>
      <div className="for-import space-y-3">
        <FormInput
          idPrefix="import"
          name="file"
          label={t('ways.file')}
          type="file"
          accept=".pem,.crt,.cer,.key,.txt,.pfx,.p12"
        />
        <FormInput idPrefix="import" name="filePassword" label={t('ways.filePassword')} type="password" />
      </div>
    </>
  )
}

/** Through Microsoft Graph. If the permission for it is missing, what to grant comes first. */
async function GraphWay({ slots, t }: Shared) {
  const { credentials } = services()
  const { current, mailServer } = slots
  const vouchesForItself = current?.kind === 'certificate'
  const labels = vouchesForItself ? 'graph.proof' : 'graph'
  const [right, commands] = await Promise.all([
    credentials.renewalRight(mailServer.id),
    credentials.graphCommands(mailServer.id, vouchesForItself ? 'object-id' : 'Application.ReadWrite.OwnedBy'),
  ])
  const isMissing = right === 'missing'
  const grant = commands && (
    <>
      <p className="mt-1 mb-2 text-sm text-soft">{t(`${labels}.grant.text`)}</p>
      <CodeBlock text={commands.join('\n')} />
    </>
  )
  return (
    <CredentialForm
      action={rotateNowAction}
      hidden={{ mailServer: mailServer.id }}
      submit={{ label: t(`${labels}.now`), kind: isMissing && !vouchesForItself ? 'secondary' : 'primary' }}
      fold={{
        ...(right === 'granted' && { badge: { tone: 'good', text: t('ways.recommended') } }),
        ...(isMissing && { badge: { tone: 'warn', text: t(`${labels}.missing`) } }),
        title: t('ways.graph'),
        intro: t('ways.graphText'),
        group: 'way',
        card: true,
      }}
    >
      {vouchesForItself && <p className="text-sm">{t('graph.proof.text')}</p>}
      {isMissing && grant && (
        <div>
          <h3 className="text-sm font-[600]">{t(`${labels}.grant.title`)}</h3>
          {grant}
        </div>
      )}
      <ol className="list-decimal space-y-1 pl-5 text-sm text-soft">
        {(['asks', 'tests', 'takes-over', 'removes'] as const).map((part) => (
          <li key={part}>{t(`${labels}.will.${part}`)}</li>
        ))}
      </ol>
      {!isMissing && grant && (
        <details>
          <summary className="text-sm font-[550] text-soft">{t(`${labels}.grant.title`)}</summary>
          {grant}
        </details>
      )}
      {vouchesForItself && (
        <FormInput
          name="objectId"
          label={t('graph.proof.objectId')}
          hint={t('graph.proof.objectIdHint')}
          defaultValue={current.applicationObjectId ?? ''}
          mono
        />
      )}
    </CredentialForm>
  )
}
