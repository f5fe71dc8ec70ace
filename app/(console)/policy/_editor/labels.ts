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

/** Why rules were not saved; the focus goes there. */
export const REFUSAL = 'refusal'
/** The line that says which revision holds; what goes back to one leads there. */
export const CURRENT_REVISION = 'current-revision'

/** Puts values into the `{name}` places of a ready text. */
export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place))
}

/** A picked mail server, the default one by null or nothing, as addresses of pages name it: not at all where there is one. */
export const serverInAddress = (picked: string | null, { servers }: Pick<PolicyLabels, 'servers'>): string =>
  servers.length > 1 ? picked || (servers[0]?.id ?? '') : ''
