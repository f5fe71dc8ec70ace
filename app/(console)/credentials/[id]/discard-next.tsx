import { Button } from '@/components/button'
import { Dialog } from '@/components/dialog'
import type { CredentialView } from '@/lib/credentials/views'
import type { TextContext } from '@/lib/i18n/translations'
import { CredentialForm } from '../_view/credential-form'
import { discardNextAction } from '../actions'

/** Stops a replacement whose next credential is stored. It asks first, because Microsoft shows a secret only once. */
export function DiscardNext({ next, t }: TextContext<'credentials'> & { next: CredentialView }) {
  const { id, kind, mailServer } = next
  const label = t('flow.discard')
  return (
    <>
      <Button type="button" kind="quiet" popoverTarget="discard" aria-haspopup="dialog" text={label} />
      <Dialog id="discard" title={t('flow.discardTitle', { secret: t(`short.${kind}`) })}>
        <p className="mb-4 text-soft">{t.lookUp(`flow.discardText.${kind}`) ?? t('flow.discardText.other')}</p>
        <CredentialForm
          action={discardNextAction}
          hidden={{ mailServer: mailServer.id, credential: id }}
          submit={{ label, kind: 'danger' }}
        />
      </Dialog>
    </>
  )
}
