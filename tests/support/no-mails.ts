import { fail } from '../../lib/kernel'

/** For services whose deployment has no mail server yet. */
export const NO_MAILS = {
  senderAddress: async () => null,
  prepareMail: async () => fail('no-server'),
  log: { error() {} },
}
