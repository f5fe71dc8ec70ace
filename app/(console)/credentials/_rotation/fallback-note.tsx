import { newFormToken } from '@/app/_server/form-token'
import { Note } from '@/components/note'
import { absoluteTime } from '@/components/timestamp'
import type { CredentialView, SlotsView } from '@/lib/credentials/views'
import { RemedyLink, type ViewContext } from '../_list/credential-cells'
import { goBackAction } from '../actions'
import { CredentialForm } from './credential-form'

/** Mail is sent with the previous credential. It must not be removed, so this says so and offers to make it current again. */
export function FallbackNote({
  current,
  carriedBy,
  slots: { mailServer },
  mayWrite,
  locale,
  t,
}: ViewContext & {
  slots: SlotsView
  mayWrite: boolean
  current: CredentialView
  carriedBy: NonNullable<CredentialView['carriedBy']>
}) {
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
