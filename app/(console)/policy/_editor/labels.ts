import type { RulesView } from '@/lib/policy'
import type english from '@/messages/en/policy.json'

/** The texts that the form needs in the browser, ready in the reader's language; no formatter is sent along. */
export type PolicyLabels = Pick<
  typeof english,
  'form' | 'rule' | 'lint' | 'difference' | 'try' | 'conflict' | 'revisions'
> & {
  /** The mail servers by their names, the default one first. */
  servers: RulesView['servers']
}

/** The mail server's own sender, as the form names it. */
export interface Sender {
  address: string
  type: 'exchange-online-oauth2' | 'smtp'
}

/** A picked mail server, the default one by null or nothing, as addresses of pages name it: not at all where there is one. */
export const serverInAddress = (picked: string | null, { servers }: Pick<PolicyLabels, 'servers'>): string =>
  servers.length > 1 ? picked || (servers[0]?.id ?? '') : ''
