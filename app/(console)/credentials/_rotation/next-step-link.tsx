import Link from 'next/link'
import { replaceCredentialPath } from '@/app/paths'
import type { SlotsView } from '@/lib/credentials/views'
import type { Translator } from '@/lib/i18n/translations'
import { stageOf } from './next-step'

/** What to do next for one mail server's credential, as a link to the page where it is done. */
export const NextStepLink = ({ slots, t }: { slots: SlotsView; t: Translator<'credentials'> }) => (
  <Link href={replaceCredentialPath(slots.mailServer.id)} prefetch={false} className="prose-link">
    {t(`next.${slots.mailServer.type === 'smtp' ? 'password' : stageOf(slots)}`, { server: slots.mailServer.name })}
  </Link>
)
