import 'server-only'
import { mailServers } from '@/app/_server/status'
import { MAIL_SERVERS_PATH, mailServerPath } from '@/app/paths'
import type { SearchParams } from '@/app/search-params'
import type { Locale } from '@/lib/i18n/locale'
import { services } from '@/lib/services'
import type { Guide } from '@/lib/setup-guide/values'
import { guideHref } from './query'

/** The mail server that a page of the guide is about. */
export type GuideServer = NonNullable<Awaited<ReturnType<typeof guideServer>>>

/** As the address names it, otherwise the default one. Null if the address names one that does not exist. */
export async function guideServer({ server }: SearchParams) {
  const servers = await mailServers()
  const one = server === undefined ? servers[0] : servers.find(({ id }) => id === server)
  // Before the first save there is no list, so an address cannot be checked against it.
  if (!one && servers.length > 0) return null
  return {
    id: one?.id ?? (await services().mailServers.defaultId()),
    /** Null before the first save. */
    name: one?.name ?? null,
    servers,
    /** Path of its settings, where the output of a script is pasted. */
    path: one && servers.length > 1 ? mailServerPath(one.id) : MAIL_SERVERS_PATH,
  }
}

/** What scripts and sheets say about this console, in the language of their reader. */
export function placeOf({ id, path }: GuideServer, guide: Guide, locale: Locale) {
  const { baseUrl } = services().environment
  return { locale, consoleUrl: new URL(path, baseUrl).href, guideUrl: new URL(guideHref(guide, id), baseUrl).href }
}
