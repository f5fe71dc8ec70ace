import 'server-only'
import { createElement, type ReactNode } from 'react'
import type { SearchParams } from '@/app/search-params'
import { WithFormTokens } from '@/components/account'
import { WithTitlePrefix } from '@/components/document-title'
import { Note } from '@/components/note'
import { may, type Permission } from '@/lib/access/permissions'
import { type Namespace, type Translator, translatorFor, type ViewContext } from '@/lib/i18n/translations'
import { services } from '@/lib/services'
import { type OperatorCaller, requireCaller } from './caller'
import { newFormToken } from './form-token'
import { refusable } from './refusal'
import { refusalOf } from './refused-request'

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
    const content = await view({
      caller,
      now: services().clock.now(),
      t: translatorFor(locale, namespace, 'page'),
      id,
      query: await props.searchParams,
      may: (wanted) => may(caller.actor.role, wanted),
      texts: (...namespaces) => namespaces.map((each) => translatorFor(locale, each, 'page')) as never,
    })
    const refusal = await refusalOf()
    const prefix = refusal === undefined ? '' : translatorFor(locale, 'shell')('refusedTitle')
    // Another person may have been faster, so that the page has no such form any more which could say it.
    const note = refusal && createElement(Note, { kind: 'danger', className: 'refusal-of-no-form' }, refusal)
    return createElement(
      WithTitlePrefix,
      { prefix },
      createElement(WithFormTokens, { token: newFormToken() }, note, content),
    )
  })
