import { CLIENTS_PATH } from '@/app/paths'
import type { Tab } from '@/components/page'
import type { Translator } from '@/lib/i18n/translations'

const TABS = [{ key: 'clients', href: CLIENTS_PATH }] as const

/** The parts of the subject *Clients*. */
export const clientTabs = (t: Translator<'clients'>, current: (typeof TABS)[number]['key']) => ({
  tabsLabel: t('tabs.label'),
  tabs: TABS.map(({ key, href }): Tab => ({ href, label: t(`tabs.${key}`), current: key === current })),
})
