import { bind } from '../../kernel/bind'
import { add } from './add'
import { remove, setWay } from './change'
import type { SendersDeps } from './deps'
import { permission, verify } from './verify'
import { one, page } from './view'

/** The addresses that messages may be sent as, besides each mail server's own, and the latest result of Exchange for each. */
export const createSenders = (deps: SendersDeps) => bind(deps, { page, one, add, setWay, remove, verify, permission })
