import type { RulesView } from '@/lib/policy'
import type english from '@/messages/en/policy.json'

/** The texts that the form needs in the browser, in the reader's language. No formatter is sent. */
export type PolicyLabels = Pick<
  typeof english,
  'form' | 'rule' | 'lint' | 'difference' | 'try' | 'conflict' | 'revisions'
> & {
  /** The mail servers, the default one first. */
  servers: RulesView['servers']
}

/** The sender of a mail server. */
export interface Sender {
  address: string
  type: 'exchange-online-oauth2' | 'smtp'
}

/** The mail server that a rule picks, for the address of a page. Empty if there is only one. */
export const serverInAddress = (picked: string | null, { servers }: Pick<PolicyLabels, 'servers'>): string =>
  servers.length > 1 ? picked || (servers[0]?.id ?? '') : ''
