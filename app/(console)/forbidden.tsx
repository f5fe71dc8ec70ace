import { MAIL_SERVERS_PATH } from '@/app/paths'
import { ButtonLink } from '@/components/button-link'
import { Page } from '@/components/page'
import { getTranslations } from '../_server/translations'

/** A page of the console that the role does not open: the rail stays. */
export default async function Forbidden() {
  const t = await getTranslations('shell')
  return (
    <Page title={t('forbidden.title')} description={t('forbidden.text')} width="text">
      <ButtonLink href={MAIL_SERVERS_PATH}>{t('forbidden.back')}</ButtonLink>
    </Page>
  )
}
