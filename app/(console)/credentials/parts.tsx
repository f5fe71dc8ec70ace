import type { ComponentProps } from 'react'
import { FlashMessage } from '@/app/_form/flash-message'
import { ALERTS_PATH, APPLICATIONS_PATH, CREDENTIALS_PATH, REMINDERS_PATH } from '@/app/paths'
import type { SearchParams } from '@/app/search-params'
import { Icon, type IconName } from '@/components/icon'
import type { Translator } from '@/lib/i18n/translations'
import type { Done } from './actions'

const PATHS = {
  expiry: CREDENTIALS_PATH,
  reminders: REMINDERS_PATH,
  alerts: ALERTS_PATH,
  applications: APPLICATIONS_PATH,
} as const

/** The four parts of *Credentials* as tabs of a page. The first is *Credentials* itself. */
export function credentialTabs(t: Translator<'credentials'>, current: keyof typeof PATHS) {
  return {
    crumbs: current === 'expiry' ? [] : [{ label: t('title'), href: CREDENTIALS_PATH }],
    tabsLabel: t('tabs.label'),
    tabs: (Object.keys(PATHS) as (keyof typeof PATHS)[]).map((part) => ({
      href: PATHS[part],
      label: t(`tabs.${part}`),
      current: part === current,
      ...(part === 'applications' && { short: t('tabs.applicationsShort') }),
    })),
  }
}

export const FileButton = ({ icon, text, ...native }: ComponentProps<'a'> & { icon: IconName; text: string }) => (
  <a {...native} className="button button-secondary">
    <Icon name={icon} className="size-4" />
    <span className="bar-label">{text}</span>
  </a>
)

/** Results of a test after which something is left to do. */
const UNFINISHED: readonly string[] = ['not-known-yet', 'refused', 'unknown'] satisfies Done[]

export const DoneNote = (props: { query: SearchParams; t: Translator<'credentials'> }) => (
  <FlashMessage {...props} warns={(key) => UNFINISHED.includes(key)} className="no-print mb-6" />
)
