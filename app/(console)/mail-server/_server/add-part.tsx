import type { Translator } from '@/lib/i18n/translations'
import { NameForm } from './name-form'

/** Adds another mail server. */
export function AddPart({ t }: { t: Translator<'mail-server'> }) {
  return (
    <details className="border-t border-line pt-4 pb-8">
      <summary className="w-fit cursor-pointer rounded-sm text-sm font-[550] text-soft hover:text-ink">
        {t('servers.add')}
      </summary>
      <p className="mt-3 mb-4 max-w-[44rem] text-sm text-pretty text-soft">{t('servers.addText')}</p>
      <NameForm
        server={null}
        name=""
        labels={{ label: t('servers.name'), hint: t('servers.nameHint'), send: t('servers.addButton') }}
      />
    </details>
  )
}
