import { getTranslations } from '@/app/_server/translations'
import { ALERTS_PATH, APPLICATIONS_PATH, CREDENTIALS_PATH, REMINDERS_PATH } from '@/app/paths'

const PATHS = {
  expiry: CREDENTIALS_PATH,
  reminders: REMINDERS_PATH,
  alerts: ALERTS_PATH,
  applications: APPLICATIONS_PATH,
} as const

/** The four parts of *Credentials* as tabs of a page. The first is *Credentials* itself. */
export async function credentialTabs(current: keyof typeof PATHS) {
  const t = await getTranslations('credentials')
  const parts = ['expiry', 'reminders', 'alerts', 'applications'] as const
  return {
    crumbs: current === 'expiry' ? [] : [{ label: t('title'), href: CREDENTIALS_PATH }],
    tabsLabel: t('tabs.label'),
    tabs: parts.map((part) => ({
      href: PATHS[part],
      label: t(`tabs.${part}`),
      current: part === current,
      ...(part === 'applications' && { short: t('tabs.applicationsShort') }),
    })),
  }
}
