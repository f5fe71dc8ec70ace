import { MAIL_SERVERS_PATH } from '@/app/paths'
import { ButtonLink } from '@/components/button-link'
import { Page } from '@/components/page'
import { getTranslations } from '../_server/translations'

/** A page of the console that is not there: the rail stays. */
export default async function NotFound() {
  const t = await getTranslations('shell')
  return (
    <Page title={t('notFound.title')} description={t('notFound.text')} width="text">
      <ButtonLink href={MAIL_SERVERS_PATH}>{t('notFound.back')}</ButtonLink>
    </Page>
  )
}
