import { OPERATORS_PATH, SESSIONS_PATH, SYSTEM_PATH } from '@/app/paths'
import { may } from '@/lib/access/permissions'
import type { Translator } from '@/lib/i18n/translations'
import type { Role } from '@/lib/kernel/actor'

const PATHS = { status: SYSTEM_PATH, operators: OPERATORS_PATH, sessions: SESSIONS_PATH } as const

/** What all pages of System share: the title, and the tabs for those who may see people. */
export function systemBar(current: keyof typeof PATHS, role: Role, t: Translator<'people'>) {
  const parts = may(role, 'people:read') ? (['status', 'operators', 'sessions'] as const) : []
  return {
    title: t('system.title'),
    tabsLabel: t('system.tabs'),
    tabs: parts.map((part) => ({ href: PATHS[part], label: t(`system.part.${part}`), current: part === current })),
  }
}
