import 'server-only'
import type { Permission } from '@/lib/access/permissions'
import { type OperatorCaller, routeForm } from './caller'

const NO_STORE = { 'cache-control': 'no-store' }

/** A route that says something about a form while it is being filled in. Nothing is stored. */
export const draftRoute =
  (permission: Permission, answer: (caller: OperatorCaller, form: FormData) => Promise<object>) =>
  async (request: Request): Promise<Response> => {
    const read = await routeForm(request, permission)
    if (read instanceof Response) return read
    const { caller, form } = read
    return Response.json(await answer(caller, form), { headers: NO_STORE })
  }
