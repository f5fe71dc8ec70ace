import { ButtonLink } from '@/components/button-link'
import { Entrance } from '@/components/entrance'
import { words } from './_server/words'

export default async function NotFound() {
  const t = await words('shell')
  return (
    <Entrance title={t('notFound.title')} description={t('notFound.text')}>
      <ButtonLink href="/mail-server">{t('notFound.back')}</ButtonLink>
    </Entrance>
  )
}
