import { OVERVIEW_PATH } from '@/app/paths'
import { ButtonLink } from '@/components/button-link'
import { Entrance } from '@/components/sign-in-layout'
import { getTranslations } from './_server/translations'

export default async function Forbidden() {
  const t = await getTranslations('shell')
  return (
    <Entrance title={t('forbidden.title')} description={t('forbidden.text')}>
      <ButtonLink href={OVERVIEW_PATH}>{t('forbidden.back')}</ButtonLink>
    </Entrance>
  )
}
