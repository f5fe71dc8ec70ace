import 'server-only'
import { RarePage } from '../_form/rare-page'
import { getTranslations } from './translations'

/** What a page shows instead of itself. The framework makes it for every page in advance, so that it is texts alone until it is seen. */
export async function rarePage(why: 'notFound' | 'forbidden', place: 'console' | 'entrance') {
  const t = await getTranslations('shell')
  const texts =
    why === 'notFound'
      ? { title: t('notFound.title'), text: t('notFound.text'), back: t('notFound.back') }
      : { title: t('forbidden.title'), text: t('forbidden.text'), back: t('forbidden.back') }
  return <RarePage {...{ why, place, ...texts }} />
}
