import 'server-only'
import type { ReactNode } from 'react'
import { FlashMessage } from '@/app/_form/flash-message'
import type { View } from '@/app/_server/page'
import { notFound } from '@/app/_server/refusal'
import { mailServers } from '@/app/_server/status'
import {
  ADD_MAIL_SERVER_PATH,
  MAIL_SERVERS_PATH,
  mailServerPath,
  SET_UP_PATH,
  serverRevisionsPath,
  serverTestsPath,
  withQuery,
} from '@/app/paths'
import type { SearchParams } from '@/app/search-params'
import { ButtonLink } from '@/components/button'
import { ButtonForm } from '@/components/button-form'
import { Menu } from '@/components/menu'
import { Page } from '@/components/page'
import type { Translator } from '@/lib/i18n/translations'
import type { ListedServer } from '@/lib/mail-server/servers'
import { services } from '@/lib/services'
import { pauseAction, resumeAction } from '../../messages/actions'
import { FROM_SERVER } from '../../messages/query'
import { managementOf } from './manage-forms'

export const settingsPath = (id: string, servers: readonly ListedServer[]) =>
  servers.length > 1 ? mailServerPath(id) : MAIL_SERVERS_PATH

export interface ServerPageProps extends View<'mail-server'> {
  /** Null if no mail server is saved yet. */
  server: ListedServer | null
  servers: readonly ListedServer[]
}

/** What the pages of one mail server have around them. It has tabs if there is a test or a revision to show. */
export function ServerFrame(
  props: ServerPageProps & {
    tab: 'settings' | 'tests' | 'revisions'
    hasTabs: boolean
    children: ReactNode
  },
) {
  const { may, t, texts, id, server, servers, tab, query } = props
  const [setUp, messages] = texts('set-up', 'messages')
  const tabs = [
    { href: settingsPath(id, servers), label: t('tabs.settings'), current: tab === 'settings' },
    { href: serverTestsPath(id), label: t('tabs.tests'), current: tab === 'tests' },
    { href: serverRevisionsPath(id), label: t('tabs.revisions'), current: tab === 'revisions' },
  ]
  return (
    <Page
      title={server?.name ?? t('title')}
      crumbs={server ? [{ label: t('servers.title'), ...(servers.length > 1 && { href: MAIL_SERVERS_PATH }) }] : []}
      tabs={props.hasTabs ? tabs : []}
      tabsLabel={t('tabs.label')}
      actions={
        server && (
          <>
            {server.version > 0 && may('mail-server:write') && <PauseButton server={server} t={messages} />}
            {/* Of several, the list has it. */}
            {servers.length === 1 && may('mail-server:write') && (
              <ButtonLink href={ADD_MAIL_SERVER_PATH} icon="plus" text={t('servers.addButton')} />
            )}
            {(server.version > 0 || may('mail-server:write')) && (
              <Menu
                label={t('servers.more')}
                dialogs={may('mail-server:write') ? managementOf({ server, servers, t }) : []}
              >
                {server.version > 0 && (
                  <a href={withQuery(SET_UP_PATH, { server: servers.length > 1 ? id : '' })} className="menu-item">
                    {setUp('link')}
                  </a>
                )}
              </Menu>
            )}
          </>
        )
      }
    >
      <ServerFlash query={query} t={t} />
      {props.children}
    </Page>
  )
}

const DONE = ['restored', 'renamed', 'default', 'removed', 'backup', 'no-backup', 'paused', 'resumed']

/** What the last of these forms did, after its redirect; anything but `DONE` is a change that did not happen. */
export const ServerFlash = (props: { query: SearchParams; t: Translator<'mail-server'> }) => (
  <FlashMessage {...props} texts="servers.done" warns={(key) => !DONE.includes(key)} />
)

function PauseButton({ server: { id, name, pause }, t }: { server: ListedServer; t: Translator<'messages'> }) {
  const isPaused = pause !== null
  const text = t(isPaused ? 'paused.resume' : 'paused.pause')
  return (
    <ButtonForm
      action={isPaused ? resumeAction : pauseAction}
      hidden={{ back: FROM_SERVER, server: id }}
      aria-label={`${text}: ${name}`}
      icon={isPaused ? 'play' : 'pause'}
      text={text}
    />
  )
}

/** The mail server in the address of a page; `server` is null if it is the first one and nothing is saved yet. */
export async function serverInPath(id: string) {
  const servers = await mailServers()
  const server = servers.find((each) => each.id === id) ?? null
  if (!server && (servers.length > 0 || id !== (await services().mailServers.defaultId()))) notFound()
  return { id, server, servers }
}
