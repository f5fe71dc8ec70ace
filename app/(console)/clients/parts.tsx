import type { ReactNode } from 'react'
import { type SilentProcess, silentValues } from '@/app/(console)/overview/silent-process'
import {
  CLIENTS_PATH,
  DEVICES_PATH,
  LEARNING_PATH,
  SUBMISSION_SESSIONS_PATH,
  SUBMISSION_SIMULATOR_PATH,
  SYSTEM_PATH,
} from '@/app/paths'
import { Answer } from '@/components/answer'
import { ButtonLink } from '@/components/button'
import { Note } from '@/components/note'
import type { Tab } from '@/components/page'
import { Command } from '@/components/text'
import type { Permission } from '@/lib/access/permissions'
import type { Translator } from '@/lib/i18n/translations'

const TABS = [
  { key: 'clients', href: CLIENTS_PATH, permission: 'clients:read' },
  { key: 'devices', href: DEVICES_PATH, permission: 'clients:read' },
  { key: 'sessions', href: SUBMISSION_SESSIONS_PATH, permission: 'clients:read' },
  { key: 'learning', href: LEARNING_PATH, permission: 'clients:read' },
  { key: 'simulate', href: SUBMISSION_SIMULATOR_PATH, permission: 'policy:simulate' },
] as const satisfies readonly { key: string; href: string; permission: Permission }[]

/** The parts of the subject *Clients* that a role may see. */
export const clientTabs = (
  t: Translator<'clients'>,
  current: (typeof TABS)[number]['key'],
  may: (permission: Permission) => boolean,
) => ({
  tabsLabel: t('tabs.label'),
  tabs: TABS.filter(({ permission }) => may(permission)).map(
    ({ key, href }): Tab => ({
      href,
      label: t(`tabs.${key}`),
      current: key === current,
      ...(key === 'learning' && { short: t('tabs.learningShort') }),
    }),
  ),
})

/** The answer of the list while listeners have stopped, which the states of the clients do not show. */
export function ListenerSilentAnswer(props: {
  silent: readonly SilentProcess[]
  add: ReactNode
  overview: Translator<'overview'>
  people: Translator<'people'>
}) {
  const { silent, add, overview, people } = props
  const titles = silent.map((pulse) => `${overview('tasks.silent.title', silentValues(pulse, people))}.`)
  const action = (
    <>
      <ButtonLink href={`${SYSTEM_PATH}#processes`} text={overview('tasks.silent.action')} />
      {add}
    </>
  )
  return <Answer tone="bad" title={titles.join(' ')} detail={overview('tasks.silent.detail')} action={action} />
}

/** Without the listener only API keys work. Says how to switch it on. */
export function ListenerOffNote({ t }: { t: Translator<'clients'> }) {
  return (
    <Note kind="warning" title={t('listenerOff.title')}>
      <p>{t.rich('listenerOff.text', { command: Command })}</p>
    </Note>
  )
}
