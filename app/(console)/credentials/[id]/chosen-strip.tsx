import Link from 'next/link'
import { CREDENTIALS_PATH, replaceChosenPath } from '@/app/paths'
import { ButtonLink } from '@/components/button-link'
import { Foreign } from '@/components/foreign'
import { Icon } from '@/components/icon'
import type { SlotsView } from '@/lib/credentials/views'
import { stageOf } from '../_view/next-step'
import type { Shared } from './answer'

/** Where one is while several credentials are replaced one after the other, and the way to the next one. */
export function ChosenStrip(props: {
  /** Ids of mail servers, in the order in which they are replaced. */
  chosen: readonly string[]
  all: readonly SlotsView[]
  /** The mail server of this page. */
  at: string
  t: Shared['t']
}) {
  const { chosen, all, at, t } = props
  const servers = chosen.flatMap((id) => all.find(({ mailServer }) => mailServer.id === id) ?? [])
  const index = servers.findIndex(({ mailServer }) => mailServer.id === at)
  const [here, next] = [servers[index], servers[index + 1]]
  if (!here || servers.length < 2) return null
  const kind = stageOf(here) === 'remove' ? 'primary' : 'secondary'
  return (
    <nav
      aria-label={t('chosen.progress', { number: index + 1, count: servers.length })}
      className="no-print flex flex-wrap items-center gap-x-4 gap-y-2 rounded-lg border border-line bg-well px-4.5 py-2.5 text-sm"
    >
      <b className="font-[600] tabular-nums">{t('chosen.progress', { number: index + 1, count: servers.length })}</b>
      <ol className="flex min-w-0 flex-1 flex-wrap gap-x-4 gap-y-1">
        {servers.map((slots) => (
          <li key={slots.mailServer.id} className="inline-flex min-w-0 items-center gap-1">
            {stageOf(slots) === 'remove' && (
              <>
                <Icon name="check" className="size-3.5 text-good" />
                <span className="sr-only">{t('chosen.replaced')} </span>
              </>
            )}
            <Link
              href={replaceChosenPath(slots.mailServer.id, chosen)}
              prefetch={false}
              aria-current={slots === here ? 'page' : undefined}
              className="text-soft hover:underline aria-[current=page]:font-[600] aria-[current=page]:text-ink"
            >
              <Foreign>{slots.mailServer.name}</Foreign>
            </Link>
          </li>
        ))}
      </ol>
      {next ? (
        <ButtonLink small kind={kind} href={replaceChosenPath(next.mailServer.id, chosen)}>
          {t('chosen.next', { server: next.mailServer.name })}
        </ButtonLink>
      ) : (
        <ButtonLink small kind={kind} href={CREDENTIALS_PATH}>
          {t('chosen.back')}
        </ButtonLink>
      )}
    </nav>
  )
}
