import { bind } from '../../kernel'
import { add, check, permission, remove, setWay, verify } from './change'
import { one, page, type SendersDeps } from './view'

/** The addresses that messages may be sent as, besides each mail server's own, and the latest result of Exchange for each. */
export const createSenders = (deps: SendersDeps) =>
  bind(deps, { page, one, add, check, setWay, remove, verify, permission })
