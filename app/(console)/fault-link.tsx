import { helpPath } from '@/app/paths'
import { TextLink } from '@/components/text'
import { faultTitle } from '@/lib/diagnosis'
import type { Formats } from '@/lib/i18n/formats'

interface Fault {
  code: string
  t: Formats
}

/** The name of a fault, which leads to the page that says what to do. */
export const FaultLink = ({ code, t }: Fault) => <TextLink href={helpPath(code)}>{faultTitle(code, t.locale)}</TextLink>

/** With the code to search for, where the facts are listed. */
export const FaultFact = (fault: Fault) => (
  <>
    <FaultLink {...fault} />
    <code className="block font-mono text-xs text-faint">{fault.code}</code>
  </>
)
