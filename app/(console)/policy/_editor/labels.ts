import { formatNumber, type Locale } from '@/lib/i18n/locale'
import type { DraftPreview, RulesView } from '@/lib/policy'
import type english from '@/messages/en/policy.json'

/** The texts that the form needs in the browser, in the reader's language. No formatter is sent. */
export const LABEL_PARTS = ['form', 'rule', 'lint', 'difference', 'try', 'conflict', 'revisions'] as const
export type PolicyTexts = Pick<typeof english, (typeof LABEL_PARTS)[number]>

export type PolicyLabels = PolicyTexts & {
  locale: Locale
  /** The mail servers, the default one first. */
  servers: RulesView['servers']
}

export const numeral = (count: number, { locale }: PolicyLabels): string => formatNumber(count, locale)

/** Messages that the draft decides so. While it cannot be evaluated no number is known, and a dash keeps its place. */
export const countOf = (count: number | undefined, { isSound }: Pick<DraftPreview, 'isSound'>, w: PolicyLabels) =>
  isSound ? numeral(count ?? 0, w) : '–'

/** The sender of a mail server, of the default one if none is picked. */
export const senderOf = (picked: string | null, { servers }: Pick<PolicyLabels, 'servers'>) =>
  (picked ? servers.find(({ id }) => id === picked) : servers[0])?.sender

/** Id of the form, for the buttons in the bar of the page. */
export const POLICY_FORM = 'policy-form'

/** The mail server that a rule picks, for the address of a page. Empty if there is only one. */
export const serverInAddress = (picked: string | null, { servers }: Pick<PolicyLabels, 'servers'>): string =>
  servers.length > 1 ? picked || (servers[0]?.id ?? '') : ''
