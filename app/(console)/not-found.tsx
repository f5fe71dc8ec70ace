import { OVERVIEW_PATH } from '@/app/paths'
import { Answer } from '@/components/answer'
import { ButtonLink } from '@/components/button-link'
import { Page } from '@/components/page'
import { getTranslations } from '../_server/translations'

/** A page of the console that is not there: the rail stays. */
export default async function NotFound() {
  const t = await getTranslations('shell')
  return (
    <Page title={t('notFound.title')} width="text">
      <Answer tone="neutral" mark="dot" title={t('notFound.title')} detail={t('notFound.text')} />
      <div>
        <ButtonLink href={OVERVIEW_PATH}>{t('notFound.back')}</ButtonLink>
      </div>
    </Page>
  )
}
