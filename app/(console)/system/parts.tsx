import { ResetSelect } from '@/app/_form/form-input'
import { OPERATORS_PATH, SYSTEM_PATH } from '@/app/paths'
import { StatusBadge } from '@/components/state-badge'
import type { Permission } from '@/lib/access/permissions'
import type { OperatorView } from '@/lib/accounts/terms'
import type { Translator } from '@/lib/i18n/translations'
import { ROLES, type Role } from '@/lib/kernel'

const PATHS = { status: SYSTEM_PATH, operators: OPERATORS_PATH } as const
const TITLES = { status: 'system.title', operators: 'operators.title' } as const

/** What all pages of System share: the title, and the tabs for those who may see people. */
export function systemBar(
  current: keyof typeof PATHS,
  may: (permission: Permission) => boolean,
  t: Translator<'people'>,
) {
  const parts = may('people:read') ? (['status', 'operators'] as const) : []
  return {
    title: t('system.title'),
    documentTitle: t(TITLES[current]),
    tabsLabel: t('system.tabs'),
    tabs: parts.map((part) => ({ href: PATHS[part], label: t(`system.part.${part}`), current: part === current })),
  }
}

export const RoleSelect = ({ name, chosen, t }: { name: string; chosen: Role; t: Translator<'people'> }) => (
  <ResetSelect
    name={name}
    label={t('field.role')}
    defaultValue={chosen}
    options={ROLES.map((role) => ({ value: role, label: `${t(`role.${role}`)}: ${t(`roleMay.${role}`)}` }))}
  />
)

export function OperatorState({ operator, t }: { operator: OperatorView; t: Translator<'people'> }) {
  if (operator.disabledAt) return <StatusBadge tone="neutral">{t('operator.disabled')}</StatusBadge>
  if (operator.hasPassword) return <StatusBadge tone="good">{t('operator.active')}</StatusBadge>
  return <StatusBadge tone="warn">{t('operator.invited')}</StatusBadge>
}
