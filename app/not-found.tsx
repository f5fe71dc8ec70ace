import { RarePage } from './_form/rare-page'
import { getTranslations } from './_server/translations'

/** For an address without a page. The framework makes it for every page in advance, so that it is texts alone until it is seen. */
export default async function NotFound() {
  const t = await getTranslations('shell')
  return <RarePage title={t('refusal.notFound.title')} text={t('refusal.notFound.text')} back={t('refusal.back')} />
}
