import { Foreign } from '@/components/foreign'
import type { CredentialView } from '@/lib/credentials/views'
import type { Translator } from '@/lib/i18n/translations'
import { type Dependents, dependentLines } from './dependents'

/** The mail server that signs in with a credential, its sender, and whatever else relies on that mail server. */
export function UsedBy({
  view,
  dependents,
  t,
}: {
  view: Pick<CredentialView, 'mailServer'>
  dependents: Dependents
  t: Translator<'credentials'>
}) {
  return (
    <>
      {view.mailServer.name}
      <span className="block text-xs text-faint">
        <Foreign>{view.mailServer.senderAddress}</Foreign>
      </span>
      {dependentLines(dependents, t).map((line) => (
        <span key={line} className="block text-xs text-faint">
          {line}
        </span>
      ))}
    </>
  )
}
