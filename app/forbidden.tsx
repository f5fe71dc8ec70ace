import { ButtonLink } from '@/components/button-link'
import { Entrance } from '@/components/entrance'
import { words } from './_server/words'

export default async function Forbidden() {
  const t = await words('shell')
  return (
    <Entrance title={t('forbidden.title')} description={t('forbidden.text')}>
      <ButtonLink href="/mail-server">{t('forbidden.back')}</ButtonLink>
    </Entrance>
  )
}
