import Link from 'next/link'
import type { SlotsView } from '@/lib/credentials/room'
import type { Words } from '@/lib/kernel/words'
import { standOf } from './next-step'
import { replacePath } from './paths'

/** What to do next for one mail server's credential, as a link to the page where it is done. */
export const NextStepLink = ({ slots, t }: { slots: SlotsView; t: Words }) => (
  <Link href={replacePath(slots.mailServer.id)} prefetch={false} className="prose-link">
    {t(`next.${slots.mailServer.type === 'smtp' ? 'password' : standOf(slots)}`, { server: slots.mailServer.name })}
  </Link>
)
