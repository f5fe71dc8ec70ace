import { OVERVIEW_PATH } from '@/app/paths'
import { Answer } from '@/components/answer'
import { ButtonLink } from '@/components/button-link'
import { Page } from '@/components/page'
import { getTranslations } from '../_server/translations'

/** A page of the console that the role does not open: the rail stays. */
export default async function Forbidden() {
  const t = await getTranslations('shell')
  return (
    <Page title={t('forbidden.title')} width="text">
      <Answer tone="neutral" mark="cross" title={t('forbidden.title')} detail={t('forbidden.text')} />
      <div>
        <ButtonLink href={OVERVIEW_PATH}>{t('forbidden.back')}</ButtonLink>
      </div>
    </Page>
  )
}
