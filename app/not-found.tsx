import { OVERVIEW_PATH } from '@/app/paths'
import { ButtonLink } from '@/components/button-link'
import { Entrance } from '@/components/sign-in-layout'
import { getTranslations } from './_server/translations'

export default async function NotFound() {
  const t = await getTranslations('shell')
  return (
    <Entrance title={t('notFound.title')} description={t('notFound.text')}>
      <ButtonLink href={OVERVIEW_PATH}>{t('notFound.back')}</ButtonLink>
    </Entrance>
  )
}
