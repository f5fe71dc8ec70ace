import { ButtonLink } from '@/components/button-link'
import { Page } from '@/components/page'
import { words } from '../_server/words'

/** A page of the console that the role does not open: the rail stays. */
export default async function Forbidden() {
  const t = await words('shell')
  return (
    <Page title={t('forbidden.title')} description={t('forbidden.text')} width="text">
      <ButtonLink href="/mail-server">{t('forbidden.back')}</ButtonLink>
    </Page>
  )
}
