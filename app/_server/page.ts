import 'server-only'
import type { Metadata } from 'next'
import type { ReactNode } from 'react'
import type { SearchParams } from '@/app/search-params'
import { may, type Permission } from '@/lib/access/permissions'
import {
  type MessageKey,
  type Namespace,
  type Translator,
  translatorFor,
  type ViewContext,
} from '@/lib/i18n/translations'
import { services } from '@/lib/services'
import { type OperatorCaller, requireCaller, signedIn } from './caller'
import { refusable } from './refusal'
import { getTranslations } from './translations'

/** What every page is made of. `t` has the texts of its namespace. */
export interface View<N extends Namespace> extends ViewContext<N> {
  caller: OperatorCaller
  may(permission: Permission): boolean
  /** The texts of other namespaces: `const [shell] = texts('shell')`. */
  texts<const M extends readonly Namespace[]>(...namespaces: M): { [At in keyof M]: Translator<M[At]> }
  /** What the path names, such as a client; empty if it names nothing. */
  id: string
  query: SearchParams
}

/**
 * A page of the console: it checks the caller before anything else, then shows what `view` makes of the address. Where that refuses, or
 * the role lacks the permission, it shows the page that says so.
 */
export const page = <N extends Namespace>(
  permission: Permission,
  namespace: N,
  view: (props: View<N>) => Promise<ReactNode>,
) =>
  refusable(async (props: { params: Promise<object>; searchParams: Promise<SearchParams> }) => {
    const caller = await requireCaller(permission)
    const { locale } = caller
    const [id = ''] = Object.values(await props.params)
    return view({
      ...{ caller, now: services().clock.now(), locale, t: translatorFor(locale, namespace, 'page') },
      ...{ id, query: await props.searchParams },
      may: (wanted) => may(caller.actor.role, wanted),
      texts: (...namespaces) => namespaces.map((each) => translatorFor(locale, each, 'page')) as never,
    })
  })

/** The title of a page that needs no session: `export const generateMetadata = entranceTitle('people', 'signIn.title')`. */
export const entranceTitle =
  <N extends Namespace>(namespace: N, key: MessageKey<N>) =>
  async (): Promise<Metadata> => ({ title: (await getTranslations(namespace))(key) })

/** Title of a page whose address names nothing. */
export const missingTitle = entranceTitle('shell', 'refusal.notFound.title')

/**
 * The title of a page of the console that names what is stored, or null where the address names nothing. The framework asks for titles
 * before the page has checked the caller, so it is read only for a caller who may see the page.
 */
export const titleOf =
  <Props>(permission: Permission, read: (props: Props) => Promise<string | null>) =>
  async (props: Props): Promise<Metadata> => {
    const session = await signedIn()
    if (!session) return signedOutTitle()
    if (session.mustEnrol || !may(session.operator.role, permission)) return {}
    const title = await read(props)
    return title === null ? missingTitle() : { title }
  }

/** The same title for everybody: `export const generateMetadata = pageTitle('policy', 'title')`. */
export const pageTitle =
  <N extends Namespace>(...title: [namespace: N, key: MessageKey<N>]) =>
  async (): Promise<Metadata> =>
    ((await signedIn()) ? entranceTitle(...title) : signedOutTitle)()

const signedOutTitle = entranceTitle('shell', 'refusal.signedOut.title')
