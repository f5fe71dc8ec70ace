import { ADD_CLIENT_PATH, withQuery } from '@/app/paths'
import type { RefusedDevice } from '@/lib/submission/store/sessions'

/** What a remedy depends on. */
export interface Refused extends Pick<RefusedDevice, 'entrance' | 'login' | 'clientOfLogin'> {
  refusal: string | null
}

/** Refusals of a user name with its password. */
const OF_LOGIN = ['login-wrong', 'too-many-guesses', 'too-many-sign-ins']
/** Refusals that a client without a password ends, on the port without encryption. */
const OF_ENCRYPTION = ['login-unencrypted', 'tls-failed', 'tls-too-old']
/** Refusals that any client for the device ends. */
const OF_STRANGERS = ['network-not-allowed', 'login-needed', 'learning-over']

const isIn = (codes: readonly string[], code: string | null): boolean => code !== null && codes.includes(code)

/** The user name that was rejected although no client has it, so that there is no password to reset. */
export const unknownLogin = ({ refusal, login, clientOfLogin }: Refused): string | null =>
  isIn(OF_LOGIN, refusal) && clientOfLogin === null && login ? login : null

/** The client whose user name came with a wrong password. */
export const clientToReset = ({ refusal, clientOfLogin }: Refused): string | null =>
  isIn(OF_LOGIN, refusal) ? clientOfLogin : null

/** How a new client for the device is recognised. Null if a new client does not help. */
export function wayToAdd(refused: Refused): 'login' | 'network' | null {
  if (unknownLogin(refused) !== null) return 'login'
  if (isIn(OF_ENCRYPTION, refused.refusal)) return 'network'
  return isIn(OF_STRANGERS, refused.refusal) ? wayOf(refused.entrance) : null
}

const wayOf = (entrance: RefusedDevice['entrance']) => (entrance === 'plain' ? 'network' : 'login')

/** The form that adds a device, with what is known of it. From the page of learning mode the way leads back there. */
export const addHref = ({
  address,
  sender,
  helo,
  entrance = 'plain',
  way = wayOf(entrance),
  learning,
}: { learning?: '1'; way?: 'login' | 'network' } & Pick<RefusedDevice, 'address' | 'sender' | 'helo'> &
  Partial<Pick<RefusedDevice, 'entrance'>>) =>
  withQuery(ADD_CLIENT_PATH, { way, name: helo ?? address, senders: sender, networks: address, learning })
