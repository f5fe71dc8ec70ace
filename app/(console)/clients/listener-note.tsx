import { Note } from '@/components/note'
import { Command } from '@/components/text'
import type { Translator } from '@/lib/i18n/translations'

/** Without the listener only API keys work. Says how to switch it on. */
export function ListenerOffNote({ t }: { t: Translator<'clients'> }) {
  return (
    <Note kind="warning" title={t('listenerOff.title')}>
      <p>{t.rich('listenerOff.text', { command: Command })}</p>
    </Note>
  )
}
