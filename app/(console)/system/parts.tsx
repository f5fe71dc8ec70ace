import { OPERATORS_PATH, SESSIONS_PATH, SYSTEM_PATH } from '@/app/paths'
import { Filters } from '@/components/filters'
import { may } from '@/lib/access/permissions'
import type { Translator } from '@/lib/i18n/translations'
import type { Role } from '@/lib/kernel/actor'

export type SystemPart = 'status' | 'operators' | 'sessions'
const PATHS: Record<SystemPart, string> = {
  status: SYSTEM_PATH,
  operators: OPERATORS_PATH,
  sessions: SESSIONS_PATH,
}

/** The parts of the System page; people are shown only to those who may see them. */
export function SystemParts({ current, role, t }: { current: SystemPart; role: Role; t: Translator<'people'> }) {
  if (!may(role, 'people:read')) return null
  return (
    <Filters
      label={t('system.parts')}
      items={(['status', 'operators', 'sessions'] as const).map((part) => ({
        href: PATHS[part],
        label: t(`system.part.${part}`),
        current: part === current,
      }))}
    />
  )
}
