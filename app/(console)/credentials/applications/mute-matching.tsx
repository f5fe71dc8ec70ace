import type { Route } from 'next'
import Link from 'next/link'
import { APPLICATIONS_PATH } from '@/app/paths'
import { PlainForm } from '@/components/action-form'
import { Button } from '@/components/button'
import { ButtonLink } from '@/components/button-link'
import { Note } from '@/components/note'
import { type InventoryFilter, isForUnmuting } from '@/lib/credentials/inventory/types'
import type { Translator } from '@/lib/i18n/translations'
import { services } from '@/lib/services'
import { muteMatchingAction } from './actions'
import { searchOf } from './query'

/** Changes everything that matches the filter. The number of credentials is counted and confirmed only on request. */
export async function MuteMatching({
  filter,
  isRequested,
  t,
}: {
  filter: InventoryFilter
  isRequested: boolean
  t: Translator<'inventory'>
}) {
  const way = isForUnmuting(filter) ? 'unmute' : 'mute'
  const back = searchOf(filter)
  if (!isRequested)
    return (
      <p className="no-print mb-3 text-sm">
        <Link
          href={`${APPLICATIONS_PATH}${back === '' ? '?' : `${back}&`}bulk=ask` as Route}
          prefetch={false}
          className="prose-link"
        >
          {t(`bulk.${way}.link`)}
        </Link>
      </p>
    )
  const count = await services().inventory.countToMute(filter)
  return (
    <Note kind="warning" className="no-print mb-4" title={t(`bulk.${way}.title`, { count })}>
      <p>{t(`bulk.${way}.text`)}</p>
      <PlainForm action={muteMatchingAction} className="mt-3 flex flex-wrap gap-2">
        <input type="hidden" name="back" value={back} />
        <Button kind="primary">{t(`bulk.${way}.confirm`, { count })}</Button>
        <ButtonLink kind="quiet" href={APPLICATIONS_PATH + back}>
          {t('bulk.cancel')}
        </ButtonLink>
      </PlainForm>
    </Note>
  )
}
