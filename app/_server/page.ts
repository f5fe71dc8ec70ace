import 'server-only'
import type { ReactNode } from 'react'
import type { SearchParams } from '@/app/search-params'
import type { Permission } from '@/lib/access/permissions'
import { type OperatorCaller, requireCaller } from './caller'
import { refusable } from './refusal'

/**
 * A page of the console: it checks the caller before anything else, then shows what `view` makes of the address. Where that refuses, or
 * the role lacks the permission, it shows the page that says so.
 */
export const page = <Params = object>(
  permission: Permission,
  view: (props: { caller: OperatorCaller; params: Params; query: SearchParams }) => Promise<ReactNode>,
) =>
  refusable(async (props: { params: Promise<Params>; searchParams: Promise<SearchParams> }) => {
    const caller = await requireCaller(permission)
    return view({ caller, params: await props.params, query: await props.searchParams })
  })
