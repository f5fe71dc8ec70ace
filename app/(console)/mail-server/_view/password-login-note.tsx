import { ButtonLink } from '@/components/button'
import { Note } from '@/components/note'
import type { Translator } from '@/lib/i18n/translations'

/** Warns that the saved password login at a Microsoft host will be switched off. Readers see who can change it, and no button. */
export function PasswordLoginNote(props: { path: string; mayTest: boolean; t: Translator<'mail-server'> }) {
  const { path, mayTest, t } = props
  return (
    <Note
      kind="warning"
      className="mb-8"
      title={t('basicAuth.title')}
      action={mayTest && <ButtonLink href={`${path}?draft=oauth`} text={t('basicAuth.draft')} />}
    >
      {t('basicAuth.text')} {t(mayTest ? 'basicAuth.action' : 'basicAuth.actionForReaders')}
    </Note>
  )
}
